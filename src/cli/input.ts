import { existsSync } from 'node:fs'
import { readBytes } from '../conform/read-file.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { hexToBytes } from '../core/hex.ts'
import { fromOption, optionalPath } from './arguments.ts'
import type { Arguments } from './main.ts'

/** Longest file of text that is read, in bytes. */
const TEXT_FILE_LIMIT = 1 << 26

/** The text of a file, or of standard input for `-`. Throws IO naming it, VALUE where it is too long. */
export function readText(path: string): string {
  const bytes = readBytes(path === '-' ? null : path, TEXT_FILE_LIMIT)
  if (bytes.length > TEXT_FILE_LIMIT)
    throw new ZvmError(ERROR_CODES.value, `${sourceName(path)}: longer than ${TEXT_FILE_LIMIT} bytes`)
  return new TextDecoder().decode(bytes)
}

/** What messages call a file. */
export function sourceName(path: string): string {
  return path === '-' ? 'stdin' : path
}

/** Bytes written as hex in a file, white space aside. */
export function readHexFile(path: string): Uint8Array {
  return hexToBytes(readText(path).replace(/\s+/g, ''), sourceName(path))
}

/** Code given on the command line: hex of even length is the code itself, anything else is the path of a hex file. */
function readCode(argument: string): Uint8Array {
  const isHex = /^(0x)?[0-9a-fA-F]*$/.test(argument)
  if (isHex && argument.length % 2 === 0) return hexToBytes(argument, 'code')
  if (argument !== '-' && !existsSync(argument)) {
    const shown = argument.length > 40 ? `${argument.slice(0, 40)}…` : argument
    const why = isHex ? 'hex of odd length is no code' : 'not hex'
    throw new ZvmError(ERROR_CODES.io, `${shown}: ${why}, and there is no such file`)
  }
  return readHexFile(argument)
}

/** The code that `[code]` or `--codefile` gives; null where neither is there. Throws USAGE where both are. */
export function codeOf({ code, codefile }: Arguments): Uint8Array | null {
  if (code !== undefined && codefile !== undefined)
    throw new ZvmError(ERROR_CODES.usage, 'code is given twice: as an argument and by --codefile')
  const path = optionalPath(codefile, '--codefile')
  if (path !== null) return readHexFile(path)
  return code === undefined ? null : readCode(String(code))
}

/** Bytes given as hex by an option. */
export function hexOption(value: unknown, option: string): Uint8Array {
  return fromOption(() => hexToBytes(value, option))
}
