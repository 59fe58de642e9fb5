/** Without `--from`: gets the suites from where they are published, at the commits and releases of the manifest. */
import { createReadStream, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { ERROR_CODES, ZvmError } from '../../src/core/errors.ts'
import { type DownloadOptions, download } from './download.ts'
import { fileDigest, knownDigests, type Manifest, type Source, sha256OfFile, sourceId } from './manifest.ts'
import { isPlaced, place } from './place.ts'
import { tarEntries } from './tar.ts'

export interface FetchOptions extends DownloadOptions {
  /** Replaces scheme and host of every address of the manifest. */
  readonly mirror?: string
  readonly log: (line: string) => void
  readonly onSource?: (name: string) => void
}

/**
 * Fetches every source that is not in place yet. A source that fails does not keep the others back; their errors
 * come back together. Throws nothing.
 */
export async function fetchUpstream(
  manifest: Manifest,
  into: string,
  options: FetchOptions,
): Promise<Error[]> {
  const errors: Error[] = []
  for (const source of manifest.sources) {
    if (source.url === null) {
      options.log(`${source.name}: only from an archive, with --from`)
      continue
    }
    try {
      const count = isPlaced(into, source.name, sourceId(source))
        ? 0
        : await fetchSource(source, into, options)
      options.log(
        count === 0
          ? `${source.name}: already in place`
          : `${source.name}: ${count} files from ${source.origin}`,
      )
    } catch (error) {
      errors.push(error as Error)
    }
  }
  return errors
}

async function fetchSource(source: Source, into: string, options: FetchOptions): Promise<number> {
  const file = join(into, '.downloads', `${source.name}.tar.gz`)
  mkdirSync(dirname(file), { recursive: true })
  options.onSource?.(source.name)
  if (!existsSync(file)) await download(addressOf(source, options.mirror), file, options)
  try {
    if (source.sha256 !== null) await checkDigest(source, source.sha256, file)
    const missing = source.sha256 === null ? knownDigests(into, source) : new Set<string>()
    const known = missing.size
    const count = await place(
      into,
      source.name,
      sourceId(source),
      (staging) => unpack(source, file, staging, (digest) => missing.delete(digest)),
      (paths) => {
        if (paths.length === 0)
          throw new ZvmError(
            ERROR_CODES.mismatch,
            `${source.url}: holds none of ${source.include.join(', ')}`,
          )
        if (source.sha256 === null && (known === 0 || missing.size > 0))
          throw new ZvmError(
            ERROR_CODES.mismatch,
            `${source.url}: ${missing.size} of the ${known} files that digests.txt knows are missing or changed`,
          )
      },
    )
    rmSync(file)
    return count
  } catch (error) {
    // Bad bytes would fail the next run as well; a full disk says nothing against the download.
    if (error instanceof ZvmError) rmSync(file)
    throw error instanceof ZvmError
      ? error
      : new ZvmError(ERROR_CODES.io, `${into}: ${(error as Error).message}`)
  }
}

function addressOf(source: Source, mirror: string | undefined): string {
  const { url } = source as { url: string }
  if (mirror === undefined) return url
  return mirror.replace(/\/$/, '') + new URL(url).pathname
}

async function checkDigest(source: Source, sha256: string, file: string): Promise<void> {
  const digest = await sha256OfFile(file)
  if (digest !== sha256)
    throw new ZvmError(
      ERROR_CODES.mismatch,
      `${source.url}: its sha256 is ${digest}, the manifest says ${sha256}`,
    )
}

/** Writes the tests of a source under `staging` in our layout, telling the digest of each. */
async function unpack(
  source: Source,
  file: string,
  staging: string,
  onFile: (digest: string) => void,
): Promise<void> {
  try {
    await pipeline(createReadStream(file), createGunzip(), async (stream: AsyncIterable<Buffer>) => {
      for await (const entry of tarEntries(stream)) {
        if (entry.kind === 'folder' || !isWanted(source, entry.name)) continue
        const path = `${source.folder}${entry.name.slice(source.root.length)}`
        if (entry.kind !== 'file')
          throw new ZvmError(ERROR_CODES.value, `bad tar archive: ${entry.name} is a link or a device`)
        const content = await entry.content()
        mkdirSync(dirname(join(staging, path)), { recursive: true })
        writeFileSync(join(staging, path), content)
        onFile(fileDigest(path, content))
      }
    })
  } catch (error) {
    if (error instanceof ZvmError)
      throw new ZvmError(error.code, `${source.url}: ${error.message}`, {}, error)
    throw new ZvmError(
      ERROR_CODES.value,
      `${source.url}: cannot be unpacked: ${(error as Error).message}`,
      {},
      error,
    )
  }
}

/** Tests and licences below the included folders. */
function isWanted(source: Source, name: string): boolean {
  if (!name.startsWith(`${source.root}/`)) return false
  const path = name.slice(source.root.length + 1)
  const isBelow = (folder: string) => path === folder || path.startsWith(`${folder}/`)
  return (
    (path.endsWith('.json') || path === 'LICENSE') &&
    source.include.some(isBelow) &&
    !source.exclude.some(isBelow)
  )
}
