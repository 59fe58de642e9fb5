import { existsSync } from 'node:fs'
import type { Argv } from 'yargs'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { hexToBytes } from '../core/hex.ts'
import { CODE_LIMIT_BYTES } from '../core/program.ts'
import { decodeUtf8 } from '../core/utf8.ts'
import { readBytes } from '../host/read-file.ts'
import { isModule } from '../lite/magic.ts'
import { type Container, isContainer, readContainer } from '../runtime/container.ts'
import { filledText, fromOption, optionalPath, text } from './arguments.ts'
import type { Arguments } from './main.ts'

/** Longest file that is read, in bytes. */
const FILE_LIMIT = 1 << 26

/** The text of a file, or of standard input for `-`. Throws IO naming it, VALUE where it is too long or not UTF-8. */
export function readText(path: string): string {
  return decodeUtf8(readFile(path), sourceName(path))
}

function readFile(path: string): Uint8Array {
  const bytes = readBytes(path === '-' ? null : path, FILE_LIMIT)
  if (bytes.length > FILE_LIMIT)
    throw new ZvmError(ERROR_CODES.value, `${sourceName(path)}: longer than ${FILE_LIMIT} bytes`)
  return bytes
}

/** What messages call a file. */
export function sourceName(path: string): string {
  return path === '-' ? 'stdin' : path
}

/** Bytes written as hex in a file, white space aside. */
export function readHexFile(path: string): Uint8Array {
  return hexOf(readFile(path), path)
}

function hexOf(bytes: Uint8Array, path: string): Uint8Array {
  return hexToBytes(new TextDecoder().decode(bytes).replace(/\s+/g, ''), sourceName(path))
}

const CODE = 'Hex of even length, or the path of a container, of a file of hex, or of the bytes'

/** The options that `codeOf` reads. */
export function codeOptions<T>(yargs: Argv<T>, describe = CODE): Argv<T> {
  return yargs
    .positional('code', { type: 'string', describe })
    .nargs('code', 1)
    .option('codefile', text('Take the code from this file; - for stdin')) as Argv<T>
}

/** Code as a command is given it. */
export interface GivenCode {
  /** What messages call it. */
  readonly name: string
  readonly code: Uint8Array
  /** The container that it came in; null for bare code. */
  readonly container: Container | null
  /** The file as it was read; null where the code was typed. */
  readonly bytes: Uint8Array | null
}

/**
 * The code that `[code]` or `--codefile` gives; null where neither is there. Hex of even length is the code itself,
 * anything else the path of a container, of a file of hex, or of the code's own bytes. Throws USAGE where both are.
 */
export function codeOf(args: Arguments): GivenCode | null {
  const { code, codefile } = args
  if (code !== undefined && codefile !== undefined)
    throw new ZvmError(ERROR_CODES.usage, 'code is given twice: as an argument and by --codefile')
  const path = optionalPath(codefile, '--codefile')
  if (path !== null) return readCodeFile(path, isTableChosen(args))
  const typed = filledText(code, 'code')
  return typed === null ? null : codeArgument(typed, isTableChosen(args))
}

export function isTableChosen({ table, fork }: Arguments): boolean {
  return table !== undefined || fork !== undefined
}

function codeArgument(argument: string, mayBeBare: boolean): GivenCode {
  const isHex = /^(0x)?[0-9a-fA-F]*$/.test(argument)
  if (isHex && argument.length % 2 === 0)
    return { name: 'code', code: hexToBytes(argument, 'code'), container: null, bytes: null }
  if (argument !== '-' && !existsSync(argument)) {
    const shown = argument.length > 40 ? `${argument.slice(0, 40)}…` : argument
    const why = isHex ? 'hex of odd length is no code' : 'not hex'
    throw new ZvmError(ERROR_CODES.io, `${shown}: ${why}, and there is no such file`)
  }
  return readCodeFile(argument, mayBeBare)
}

/**
 * The code of a file, which is told by its content. A file that is called `.zvm` and is no container is damaged, unless
 * a table is chosen for the bare code in it.
 */
export function readCodeFile(path: string, mayBeBare: boolean): GivenCode {
  const bytes = readFile(path)
  const name = sourceName(path)
  if (isContainer(bytes) || (path.endsWith('.zvm') && !mayBeBare)) {
    const container = readContainer(bytes, name)
    return { name, code: container.code, container, bytes }
  }
  // A module says itself what it is, as a container without ABI does.
  if (isModule(bytes)) {
    const container: Container = { target: 'wasm-lite', code: bytes, abiJson: new Uint8Array(0), abi: null }
    return { name, code: bytes, container, bytes }
  }
  const code = isText(bytes) ? hexOf(bytes, path) : bytes
  if (code.length > CODE_LIMIT_BYTES)
    throw new ZvmError(
      ERROR_CODES.value,
      `${name}: code of ${code.length} bytes; at most ${CODE_LIMIT_BYTES}`,
    )
  return { name, code, container: null, bytes }
}

/** Whether there is nothing in it but ASCII that can be printed, and white space. */
function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d))
}

/** Bytes given as hex by an option. */
export function hexOption(value: unknown, option: string): Uint8Array {
  return fromOption(() => hexToBytes(value, option))
}
