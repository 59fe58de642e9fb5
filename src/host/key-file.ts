import { closeSync, fstatSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { hexToBytes } from '../core/hex.ts'
import { reasonOf } from './read-file.ts'

const KEY_BYTES = 32
const LIMIT_BYTES = 256

/**
 * The 32 bytes of a secret key in a file of 64 digits of hex that nobody but its owner may read. Throws IO, USAGE where
 * others may, or VALUE; no message has anything of the content.
 */
export function readKeyFile(path: string): Uint8Array {
  const { text, mode } = naming(path, () => {
    const file = openSync(path, 'r')
    try {
      const bytes = Buffer.alloc(LIMIT_BYTES)
      const count = readSync(file, bytes, 0, LIMIT_BYTES, 0)
      return { text: bytes.toString('latin1', 0, count).trim(), mode: fstatSync(file).mode }
    } finally {
      closeSync(file)
    }
  })
  // Windows has no such bits.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new ZvmError(
      ERROR_CODES.usage,
      `${path}: others may read this key (mode ${(mode & 0o777).toString(8).padStart(4, '0')}); chmod 600 it`,
      { path },
    )
  if (/^[0-9a-fA-F]{64}$/.test(text)) return hexToBytes(text, path)
  throw new ZvmError(ERROR_CODES.value, `${path}: not a key: ${2 * KEY_BYTES} digits of hex are wanted`, {
    path,
  })
}

/** Writes a key to a new file that only its owner may read. Throws IO, where there is one as well. */
export function writeKeyFile(path: string, key: Uint8Array): void {
  naming(path, () =>
    writeFileSync(path, `${Buffer.from(key).toString('hex')}\n`, { mode: 0o600, flag: 'wx' }),
  )
}

/** Takes back a key that was just written and is of no use. */
export function dropKeyFile(path: string): void {
  rmSync(path, { force: true })
}

function naming<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new ZvmError(ERROR_CODES.io, `${path}: ${reasonOf(cause)}`, { path }, cause)
  }
}
