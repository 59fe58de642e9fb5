/** `--from DIR`: unpacks the suites from archives that lie in a folder. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERROR_CODES, ZvmError } from '../../src/core/errors.ts'
import { runChild } from '../lib/child.ts'
import { type Archive, digestSection, fileDigest, type Manifest, sha256OfFile, sourceId } from './manifest.ts'
import { isPlaced, place, placedFiles } from './place.ts'

const DIGESTS_HEADER =
  '# Made by `npm run fetch-tests -- --from DIR --write-digests`; README.md says what for.\n'

/**
 * Unpacks every archive of the manifest that lies in `from` and is not in place yet. Throws IO when none lies there
 * or a program is missing, MISMATCH when an archive is not the one the manifest names.
 */
export async function unpackArchives(
  manifest: Manifest,
  from: string,
  into: string,
  log: (line: string) => void,
): Promise<void> {
  const present = existsSync(from) ? readdirSync(from) : []
  const listed = manifest.sources.flatMap((source) => source.archives.map((archive) => ({ source, archive })))
  const found = listed.filter(({ archive }) => present.includes(archive.name))
  if (found.length === 0)
    throw new ZvmError(ERROR_CODES.io, `${from}: none of the archives of the manifest lies there`, { from })
  for (const { source, archive } of found) {
    // The whole upstream suite holds every file of its archives.
    const placed =
      isPlaced(into, archive.name, archive.sha256) || isPlaced(into, source.name, sourceId(source))
    log(
      `${archive.name}: ${placed ? 'already in place' : `${await unpack(archive, source.extension ?? '.json', from, into)} files`}`,
    )
  }
  const missing = listed.length - found.length
  if (missing > 0) log(`${missing} of ${listed.length} archives of the manifest are not in ${from}`)
}

/** Writes digests.txt anew from the archives in place, for the sources whose downloads have no digest themselves. */
export function writeDigests(manifest: Manifest, into: string): void {
  const sections = manifest.sources
    .filter(({ sha256, url }) => sha256 === null && url !== null)
    .map((source) => {
      const paths = new Set(source.archives.flatMap(({ name }) => placedFiles(into, name)))
      return digestSection(
        source.name,
        [...paths].map((path) => fileDigest(path, readFileSync(join(into, path)))),
      )
    })
  writeFileSync(join(into, 'digests.txt'), DIGESTS_HEADER + sections.join(''))
}

async function unpack(archive: Archive, extension: string, from: string, into: string): Promise<number> {
  const path = join(from, archive.name)
  const digest = await sha256OfFile(path)
  if (digest !== archive.sha256)
    throw new ZvmError(
      ERROR_CODES.mismatch,
      `${path}: its sha256 is ${digest}, the manifest says ${archive.sha256}`,
      {
        path,
      },
    )
  return place(
    into,
    archive.name,
    archive.sha256,
    (staging) => untar(path, staging),
    (paths) => {
      const tests = paths.filter((file) => file.endsWith(extension)).length
      if (tests !== archive.files)
        throw new ZvmError(
          ERROR_CODES.mismatch,
          `${path}: ${tests} test files, the manifest says ${archive.files}`,
          {
            path,
          },
        )
    },
  )
}

/** Node cannot unpack xz, so the system's tar does. */
async function untar(path: string, folder: string): Promise<void> {
  const { code, stderr } = await runChild('tar', ['-xJf', path, '-C', folder])
  if (code === 0) return
  const lacking =
    code === 127 ? 'tar' : /xz\b.*(Cannot exec|not found|No such file)/s.test(stderr) ? 'xz' : null
  const message =
    lacking === null ? stderr.trim() : `the program ${lacking} is needed to unpack it; install ${lacking}`
  throw new ZvmError(ERROR_CODES.io, `${path}: ${message}`, { path })
}
