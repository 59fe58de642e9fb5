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
  try {
    return path === null ? readAll(STDIN, maxBytes) : readPath(path, maxBytes)
  } catch (cause) {
    // Standard input may have been closed before the process began: then there is nothing in it.
    if (path === null && isCode(cause, 'EBADF')) return new Uint8Array(0)
    throw new ZvmError(ERROR_CODES.io, `${name}: ${reasonOf(cause)}`, { path: name }, cause)
  }
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
  const { size } = fstatSync(file)
  let bytes = new Uint8Array(Math.min(size, maxBytes) + CHUNK_BYTES)
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

/** A terminal or pipe that another program made non-blocking has nothing yet: look again in a moment. */
function readSome(file: number, bytes: Uint8Array, at: number): number {
  for (;;)
    try {
      return readSync(file, bytes, at, bytes.length - at, null)
    } catch (cause) {
      if (isCode(cause, 'EOF')) return 0
      if (!isCode(cause, 'EAGAIN')) throw cause
      pause(10)
    }
}

/** Blocks the thread for so many milliseconds. */
export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
