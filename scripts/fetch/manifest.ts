/** What ethereum-tests/manifest.json and digests.txt say: which suites there are, and what their bytes must be. */
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERROR_CODES, ZvmError } from '../../src/core/errors.ts'

/** One packed suite of `--from DIR`. */
export interface Archive {
  readonly name: string
  /** Test files in it (a licence file is not counted). */
  readonly files: number
  readonly packedBytes: number
  readonly sha256: string
}

/** One upstream download and the folder under ethereum-tests/ that it fills. */
export interface Source {
  readonly name: string
  /** Where it comes from, for people: repository and commit, or release. */
  readonly origin: string
  readonly licence: string
  /** Null where only an archive holds it. */
  readonly url: string | null
  /** The digest of the download, or null where the packer promises no stable bytes (then digests.txt decides). */
  readonly sha256: string | null
  /** Top folder inside the download; what lies below it goes to `folder`. */
  readonly root: string
  readonly folder: string
  /** Folders and files taken, and folders left out, relative to `root`. */
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  /** How the names of its tests end; `.json` where nothing is said. */
  readonly extension?: string
  /** The same suites as archives for `--from DIR`; upstream holds more cases. */
  readonly archives: readonly Archive[]
}

export interface Manifest {
  readonly version: 1
  readonly sources: readonly Source[]
}

/** Bytes kept of each file digest. 2^64 is beyond what chance or a quick forger reaches, and keeps the file small. */
const DIGEST_BYTES = 8

/** Reads manifest.json of a suite folder. Throws IO, JSON or VALUE. */
export function readManifest(folder: string): Manifest {
  const path = join(folder, 'manifest.json')
  let manifest: Manifest
  try {
    manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest
  } catch (error) {
    const code = error instanceof SyntaxError ? ERROR_CODES.json : ERROR_CODES.io
    throw new ZvmError(code, `${path}: ${(error as Error).message}`, { path }, error)
  }
  if (manifest.version !== 1 || !Array.isArray(manifest.sources))
    throw new ZvmError(ERROR_CODES.value, `${path}: not a manifest of version 1`, { path })
  return manifest
}

/** What ties placed files to their source: the digest of the download, or an address that names the commit. */
export function sourceId(source: Source): string {
  return source.sha256 ?? source.url ?? source.archives[0].sha256
}

/** The sha256 of a file, in hex. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** The digest by which digests.txt knows a file; `path` is relative to ethereum-tests/, with forward slashes. */
export function fileDigest(path: string, content: Uint8Array): string {
  const hash = createHash('sha256').update(`${path}\n`).update(content).digest()
  return hash.subarray(0, DIGEST_BYTES).toString('hex')
}

/** The digests of digests.txt for one source, empty when it lists none. */
export function knownDigests(folder: string, source: Source): Set<string> {
  const path = join(folder, 'digests.txt')
  // Splitting on a pattern with a group gives: before, name, body, name, body, …
  const sections = readFileSync(path, 'utf8').split(/^\[(.+)\]\n/m)
  const index = sections.findIndex((text, at) => at % 2 === 1 && text === source.name)
  const bytes = Buffer.from(index < 0 ? '' : (sections[index + 1] ?? ''), 'base64')
  const digests = new Set<string>()
  for (let at = 0; at < bytes.length; at += DIGEST_BYTES)
    digests.add(bytes.subarray(at, at + DIGEST_BYTES).toString('hex'))
  return digests
}

/** The section of digests.txt for the source of that name. */
export function digestSection(sourceName: string, digests: readonly string[]): string {
  const base64 = Buffer.from([...digests].sort().join(''), 'hex').toString('base64')
  return `[${sourceName}]\n${base64.replace(/.{1,104}/g, '$&\n')}`
}
