import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { Files, PendingFile } from '../runtime/services.ts'
import { reasonOf } from './read-file.ts'

/** Files of folders that were granted. Links are followed only to where they stay inside. */
export const folderFiles: Files = {
  read(folder, path, maxBytes) {
    const real = realPath(join(folder, path))
    if (real === null) return null
    if (!isInside(folder, real)) return 'escape'
    // Where the path has been resolved, a link in its place is another's doing.
    const file = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const { size, isFile } = statsOf(file)
      if (!isFile) return null
      if (size > maxBytes) throw new Error(`${path}: longer than ${maxBytes} bytes`)
      return new Uint8Array(readFileSync(file))
    } finally {
      closeSync(file)
    }
  },

  check(folder, path) {
    const parent = realPath(dirname(join(folder, path)))
    if (parent === null) return null
    if (!isInside(folder, parent)) return 'escape'
    const stats = lstatSync(join(folder, path), { throwIfNoEntry: false })
    if (stats?.isSymbolicLink()) return 'escape'
    return stats === undefined || stats.isFile() ? true : null
  },

  write(files) {
    // The last write to a path is the one that stays.
    const latest = new Map(files.map((file) => [join(file.folder, file.path), file]))
    const parts = [...latest].map(([path, file]) => ({ path, part: `${path}.${process.pid}.part`, file }))
    try {
      for (const { part, file } of parts) writePart(part, file)
      for (const { path, part } of parts) renameSync(part, path)
    } catch (cause) {
      for (const { part } of parts) rmSync(part, { force: true })
      if (cause instanceof ZvmError) throw cause
      throw new ZvmError(ERROR_CODES.io, `fs.write: ${reasonOf(cause)}`, {}, cause)
    }
  },
}

function writePart(part: string, { folder, path, content }: PendingFile): void {
  if (folderFiles.check(folder, path) !== true)
    throw new ZvmError(ERROR_CODES.io, `fs.write: ${path}: no longer a place below ${folder}`, { path })
  writeFileSync(part, content, { flag: 'wx' })
}

function statsOf(file: number): { size: number; isFile: boolean } {
  const stats = fstatSync(file)
  return { size: stats.size, isFile: stats.isFile() }
}

/** Where a path leads when all links are followed; null where nothing is there. */
function realPath(path: string): string | null {
  try {
    return realpathSync(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

function isInside(folder: string, real: string): boolean {
  const root = realpathSync(folder)
  return real === root || real.startsWith(root.endsWith(sep) ? root : root + sep)
}
