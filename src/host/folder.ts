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
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { Files, PendingFile } from '../runtime/services.ts'
import { SystemCallError } from '../runtime/session.ts'
import { reasonOf } from './read-file.ts'

/** Files of folders that were granted. Links are followed only to where they stay inside. */
export const folderFiles: Files = {
  fault(folder) {
    try {
      return statSync(folder).isDirectory() ? null : 'a file, not a folder'
    } catch (cause) {
      return reasonOf(cause)
    }
  },

  read(folder, path, maxBytes) {
    return naming(path, () => {
      const real = realPath(join(folder, path))
      if (real === null) return null
      return isInside(folder, real) ? contentOf(real, path, maxBytes) : 'escape'
    })
  },

  check(folder, path) {
    return naming(path, () => {
      const parent = realPath(dirname(join(folder, path)))
      if (parent === null) return null
      if (!isInside(folder, parent)) return 'escape'
      const stats = lstatSync(join(folder, path), { throwIfNoEntry: false })
      if (stats?.isSymbolicLink()) return 'escape'
      return stats === undefined || stats.isFile() ? true : null
    })
  },

  write(files) {
    // The last write to a path is the one that stays.
    const latest = new Map(files.map((file) => [join(file.folder, file.path), file]))
    const parts = [...latest].map(([path, file]) => ({ path, part: `${path}.${process.pid}.part`, file }))
    // What was there before under such a name is another's, and stays.
    const own: string[] = []
    try {
      for (const { part, file } of parts) {
        writePart(part, file, () => own.push(part))
      }
      for (const { path, part } of parts) renameSync(part, path)
    } catch (cause) {
      for (const part of own) rmSync(part, { force: true })
      if (cause instanceof ZvmError) throw cause
      throw new ZvmError(ERROR_CODES.io, `fs.write: ${reasonOf(cause)}`, {}, cause)
    }
  },
}

function writePart(part: string, { folder, path, content }: PendingFile, made: () => void): void {
  if (folderFiles.check(folder, path) !== true)
    throw new ZvmError(ERROR_CODES.io, `fs.write: ${path}: no longer a place below ${folder}`, { path })
  const file = openSync(part, 'wx')
  made()
  try {
    writeFileSync(file, content)
  } finally {
    closeSync(file)
  }
}

/** Where a path has been resolved, a link in its place is another's doing. */
function contentOf(real: string, path: string, maxBytes: number): Uint8Array | null {
  const file = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(file)
    if (!stats.isFile()) return null
    if (stats.size > maxBytes) throw new SystemCallError('failure', `${path}: longer than ${maxBytes} bytes`)
    return new Uint8Array(readFileSync(file))
  } finally {
    closeSync(file)
  }
}

/** What the system says, as a failure of the call that names the path as the contract does. */
function naming<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof SystemCallError) throw error
    throw new SystemCallError('failure', `${path}: ${reasonOf(error)}`)
  }
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
