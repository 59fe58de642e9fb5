import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { JSON_LIMITS, parseJson } from '../core/json.ts'

const STDIN = 0
const CHUNK_BYTES = 1 << 16

/**
 * The bytes of a file, or of standard input for null: all, or where there are more than `maxBytes`, one more, since a
 * device or a pipe need not end. `name` is what messages call it. Throws IO where it cannot be read.
 */
export function readBytes(path: string | null, maxBytes: number, name = path ?? 'stdin'): Uint8Array {
  return blaming(name, () => (path === null ? readAll(STDIN, maxBytes) : readPath(path, maxBytes)))
}

/**
 * The bytes of a file, or of standard input for null, to the end or as many as `most`, in pieces that hold until the next
 * is asked for. Throws IO where it cannot be read.
 */
export function* readChunks(path: string | null, most = Number.POSITIVE_INFINITY): Generator<Uint8Array> {
  const name = path ?? 'stdin'
  const file = path === null ? STDIN : blaming(name, () => openSync(path, 'r'))
  try {
    const bytes = new Uint8Array(CHUNK_BYTES)
    for (let left = most; left > 0; ) {
      const wanted = bytes.subarray(0, Math.min(CHUNK_BYTES, left))
      const count = blaming(name, () => readSome(file, wanted, 0))
      if (count === 0) break
      yield bytes.subarray(0, count)
      left -= count
    }
  } finally {
    if (path !== null) closeSync(file)
  }
}

/** The last bytes of a regular file, `count` or fewer, and what is before them, in bytes; null where it is none. Throws IO. */
export function readTail(path: string, count: number): { tail: Uint8Array; before: number } | null {
  return blaming(path, () => {
    const file = openSync(path, 'r')
    try {
      const stats = fstatSync(file)
      if (!stats.isFile()) return null
      const tail = new Uint8Array(Math.min(count, stats.size))
      const before = stats.size - tail.length
      for (let at = 0; at < tail.length; ) {
        const got = readSync(file, tail, at, tail.length - at, before + at)
        if (got === 0) throw new Error('became shorter while it was read')
        at += got
      }
      return { tail, before }
    } finally {
      closeSync(file)
    }
  })
}

/**
 * The bytes of a file with a secret, as `readBytes`. Throws VALUE where it is a regular file that others than its owner may
 * read or write (except on Windows, whose modes say nothing), and IO.
 */
export function readSecret(path: string, maxBytes: number): Uint8Array {
  return readWithMode(path, maxBytes, 0o077, 'others may read or write it; it holds a secret: chmod 600')
}

/** The bytes of a file that decides whom to believe, as `readBytes`. Throws VALUE where anyone may write it, and IO. */
export function readGuarded(path: string, maxBytes: number): Uint8Array {
  return readWithMode(path, maxBytes, 0o002, 'anyone may write it: chmod o-w')
}

/** Throws VALUE where a regular file has any of the `refused` permissions. It is the open file that is asked. */
function readWithMode(path: string, maxBytes: number, refused: number, why: string): Uint8Array {
  return blaming(path, () => {
    const file = openSync(path, 'r')
    try {
      const stats = fstatSync(file)
      const hasModes = process.platform !== 'win32' && stats.isFile()
      const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
      if (hasModes && (stats.mode & refused) !== 0)
        throw new ZvmError(ERROR_CODES.value, `${path}: mode ${mode}: ${why}`, { path, mode })
      return readAll(file, maxBytes)
    } finally {
      closeSync(file)
    }
  })
}

function blaming<T>(name: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof ZvmError) throw cause
    throw new ZvmError(ERROR_CODES.io, `${name}: ${reasonOf(cause)}`, { path: name }, cause)
  }
}

/** The bytes of an open file descriptor, as `readBytes`. Throws IO. */
export function readDescriptor(file: number, maxBytes: number): Uint8Array {
  return blaming(`descriptor ${file}`, () => readAll(file, maxBytes))
}

/** The value of a JSON file, which messages call `name`. Throws IO or JSON naming it. */
export function readJsonFile(path: string, name = path): unknown {
  return parseJson(readBytes(path, JSON_LIMITS.maxBytes, name), name)
}

/** The value of a geth genesis file, in which total difficulties stand as bare integers. Throws IO or JSON naming it. */
export function readGenesisFile(path: string): unknown {
  return parseJson(readBytes(path, JSON_LIMITS.maxBytes), path, { exactIntegers: true })
}

/** The short reason of a failed file operation, e.g. `no such file or directory`. */
export function reasonOf(cause: unknown): string {
  if (isCode(cause, 'EISDIR')) return 'is a folder, not a file'
  const message = cause instanceof Error ? cause.message : String(cause)
  return /^[A-Z]+: ([^,]+)/.exec(message)?.[1] ?? message.split('\n')[0]
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && (cause as NodeJS.ErrnoException).code === code
}

function readPath(path: string, maxBytes: number): Uint8Array {
  const file = openSync(path, 'r')
  try {
    return readAll(file, maxBytes)
  } finally {
    closeSync(file)
  }
}

/** All bytes to the end, or one more than `maxBytes`. */
function readAll(file: number, maxBytes: number): Uint8Array {
  const size = sizeOf(file)
  // One more than there should be, to see the end; what has no size, as a device, comes in pieces.
  let bytes = new Uint8Array(size > 0 ? Math.min(size, maxBytes) + 1 : CHUNK_BYTES)
  let length = 0
  while (length <= maxBytes) {
    if (length === bytes.length) {
      const grown = new Uint8Array(2 * length)
      grown.set(bytes)
      bytes = grown
    }
    const count = readSome(file, bytes, length)
    if (count === 0) break
    length += count
  }
  return bytes.subarray(0, Math.min(length, maxBytes + 1))
}

function sizeOf(file: number): number {
  try {
    return fstatSync(file).size
  } catch (cause) {
    if (file === STDIN && isCode(cause, 'EBADF')) return 0
    throw cause
  }
}

/** A terminal or pipe that another program made non-blocking has nothing yet: look again in a moment. */
function readSome(file: number, bytes: Uint8Array, at: number): number {
  for (;;)
    try {
      return readSync(file, bytes, at, bytes.length - at, null)
    } catch (cause) {
      // Standard input may have been closed before the process began: then there is nothing in it.
      if (isCode(cause, 'EOF') || (file === STDIN && isCode(cause, 'EBADF'))) return 0
      if (!isCode(cause, 'EAGAIN')) throw cause
      pause(10)
    }
}

/** Blocks the thread for so many milliseconds. */
export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
