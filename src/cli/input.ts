import { readFileSync } from 'node:fs'
import { reasonOf } from '../conform/suite.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { hexToBytes } from '../core/hex.ts'
import { fromOption } from './arguments.ts'

/** Longest file of hex that is read, in bytes. */
const HEX_FILE_LIMIT = 1 << 26

/** The bytes of a file, or of standard input for `-` (which yargs hands on as empty text). Throws IO naming it. */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path === '-' || path === '' ? 0 : path)
  } catch (cause) {
    throw new ZvmError(ERROR_CODES.io, `${path || '-'}: ${reasonOf(cause)}`, { path }, cause)
  }
}

/** Bytes written as hex in a file, white space aside. */
export function readHexFile(path: string): Uint8Array {
  const bytes = readBytes(path)
  if (bytes.length > HEX_FILE_LIMIT)
    throw new ZvmError(ERROR_CODES.value, `${path}: over ${HEX_FILE_LIMIT} bytes`, { path })
  return hexToBytes(new TextDecoder().decode(bytes).replace(/\s+/g, ''), path)
}

/** Code given on the command line: hex of even length is the code itself, anything else is the path of a hex file. */
export function readCode(argument: string): Uint8Array {
  if (argument.length % 2 === 0 && /^(0x)?[0-9a-fA-F]*$/.test(argument)) return hexToBytes(argument, 'code')
  if (/^(0x)?[0-9a-fA-F]*$/.test(argument))
    throw new ZvmError(
      ERROR_CODES.usage,
      `code: hex of odd length (${JSON.stringify(argument.slice(0, 40))})`,
    )
  return readHexFile(argument)
}

/** Bytes given as hex by an option. */
export function hexOption(value: unknown, option: string): Uint8Array {
  return fromOption(() => hexToBytes(value, option))
}
