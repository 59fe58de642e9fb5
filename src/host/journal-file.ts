import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { reasonOf } from './read-file.ts'

/** The bytes from `start` to `end`, as far as they are there, and how long the file is. */
export function readFrom(path: string, start: number, end: number): { bytes: Uint8Array; size: number } {
  return blamingNow(path, () => {
    const file = openSync(path, 'r')
    try {
      const { size } = fstatSync(file)
      const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start))
      let length = 0
      while (length < bytes.length) {
        const count = readSync(file, bytes, length, bytes.length - length, start + length)
        if (count === 0) break
        length += count
      }
      return { bytes: bytes.subarray(0, length), size }
    } finally {
      closeSync(file)
    }
  })
}

/** Writes bytes at an offset and cuts off what was behind it; they are on the disk when this returns. */
export function appendAt(path: string, offset: number, bytes: Uint8Array): void {
  blamingNow(path, () => {
    const file = openSync(path, offset === 0 ? 'wx' : 'r+')
    try {
      if (fstatSync(file).size > offset) ftruncateSync(file, offset)
      try {
        for (let done = 0; done < bytes.length; )
          done += writeSync(file, bytes, done, bytes.length - done, offset + done)
        fsyncSync(file)
      } catch (cause) {
        ftruncateSync(file, offset)
        throw cause
      }
    } finally {
      closeSync(file)
    }
  })
}

/** A new name in a folder is on the disk when the folder is. */
export function syncFolder(folder: string): void {
  const file = openSync(folder, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** What Node says of a file, as IO naming it. */
export async function blaming<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw blamed(path, cause)
  }
}

function blamingNow<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw blamed(path, cause)
  }
}

function blamed(path: string, cause: unknown): unknown {
  if (cause instanceof ZvmError || !(cause instanceof Error) || !('code' in cause)) return cause
  return new ZvmError(ERROR_CODES.io, `${path}: ${reasonOf(cause)}`, { path }, cause)
}
