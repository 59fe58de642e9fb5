/**
 * Puts whole suites into ethereum-tests/. A suite is unpacked in a staging folder, moved into place file by file, and
 * only then noted as done, so that a run that is broken off leaves nothing that looks finished.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { ERROR_CODES, ZvmError } from '../../src/core/errors.ts'

/** Working folders inside ethereum-tests/; a dot keeps the conformance runner out of them. */
const NOTES = '.fetched'
const STAGING = '.staging-'

/** What was put in place: the bytes it came from, and every file with its size. */
interface Note {
  readonly id: string
  readonly files: readonly (readonly [path: string, sizeBytes: number])[]
}

/** The files that were put in place under `name`, relative to ethereum-tests/; none when nothing was. */
export function placedFiles(into: string, name: string): string[] {
  return readNote(into, name)?.files.map(([path]) => path) ?? []
}

/** True when this very suite was placed before and every file of it still lies there at its size. */
export function isPlaced(into: string, name: string, id: string): boolean {
  const note = readNote(into, name)
  return (
    note?.id === id &&
    note.files.every(([file, size]) => statSync(join(into, file), { throwIfNoEntry: false })?.size === size)
  )
}

/**
 * Runs `unpack` on an empty staging folder, whose layout is that of ethereum-tests/, then moves what it left into
 * place and notes it under `name`. `check` sees the paths before the move and throws to refuse the whole.
 * Returns the number of files.
 */
export async function place(
  into: string,
  name: string,
  id: string,
  unpack: (staging: string) => Promise<void>,
  check: (paths: readonly string[]) => void,
): Promise<number> {
  const staging = join(into, `${STAGING}${process.pid}`)
  rmSync(staging, { recursive: true, force: true })
  mkdirSync(staging, { recursive: true })
  try {
    await unpack(staging)
    const files = regularFiles(staging).map((path) => [path, statSync(join(staging, path)).size] as const)
    check(files.map(([path]) => path))
    for (const [path] of files) {
      mkdirSync(dirname(join(into, path)), { recursive: true })
      renameSync(join(staging, path), join(into, path))
    }
    const note: Note = { id, files }
    mkdirSync(join(into, NOTES), { recursive: true })
    writeFileSync(join(staging, 'note'), JSON.stringify(note))
    renameSync(join(staging, 'note'), notePath(into, name))
    return files.length
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** Removes staging folders of runs that were killed. */
export function removeStaleStaging(into: string): void {
  for (const name of existsSync(into) ? readdirSync(into) : []) {
    if (name.startsWith(STAGING) && !isAlive(Number(name.slice(STAGING.length))))
      rmSync(join(into, name), { recursive: true, force: true })
  }
}

/** Paths of all files below, with forward slashes, sorted. Throws VALUE for anything that is no file or folder. */
function regularFiles(folder: string): string[] {
  const paths: string[] = []
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
      .slice(folder.length + 1)
      .replaceAll('\\', '/')
    if (entry.isFile()) paths.push(path)
    else if (!entry.isDirectory())
      throw new ZvmError(ERROR_CODES.value, `${path}: the archive holds something that is no file`, { path })
  }
  return paths.sort()
}

function readNote(into: string, name: string): Note | undefined {
  const path = notePath(into, name)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Note) : undefined
}

function notePath(into: string, name: string): string {
  return join(into, NOTES, `${name}.json`)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
