import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { parseJson } from '../core/json.ts'
import { CODE_LIMIT_BYTES } from '../core/program.ts'
import { type ContractAbi, readAbi } from './contract-abi.ts'

/** What a container's code is for, by the number in its header. */
export const TARGETS = ['zvm', 'evm', 'wasm-lite'] as const
export type Target = (typeof TARGETS)[number]

/** A `.zvm` file: code, what runs it, and what it tells of itself. */
export interface Container {
  readonly target: Target
  /** A view of what was read. */
  readonly code: Uint8Array
  /** The ABI as it was written; empty where there is none. A view of what was read. */
  readonly abiJson: Uint8Array
  /** The same, read; null where there is none. */
  readonly abi: ContractAbi | null
}

export const HEADER_BYTES = 16
/** Longest ABI, in bytes. */
export const ABI_LIMIT_BYTES = 1 << 20
const ABI_DEPTH_LIMIT = 8

/** "ZVMC". */
const MAGIC = Uint8Array.of(0x5a, 0x56, 0x4d, 0x43)
const VERSION = 1
/** Where the fields of the header begin. */
const AT = { version: 4, target: 5, flags: 6, reserved: 7, codeSize: 8, abiSize: 12 } as const

/** Whether bytes begin as a container does; whether they are one, `readContainer` tells. */
export function isContainer(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && MAGIC.every((byte, i) => bytes[i] === byte)
}

/**
 * Reads a container (version 1 of the format). Throws VALUE, or JSON where the ABI is none, as `place: byte N: what`
 * with `details.offset` and, of a fault in the ABI, its place there in the message.
 */
export function readContainer(bytes: Uint8Array, place: string): Container {
  const { target, codeSize, abiSize } = readHeader(bytes, place)
  const abiStart = HEADER_BYTES + codeSize
  const end = abiStart + abiSize
  if (end > bytes.length)
    refuse(
      place,
      bytes.length,
      `truncated: ${codeSize} bytes of code and ${abiSize} of ABI end at byte ${end}`,
    )
  if (end < bytes.length) refuse(place, end, `${bytes.length - end} trailing bytes`)
  const abiJson = bytes.subarray(abiStart, end)
  const code = bytes.subarray(HEADER_BYTES, abiStart)
  return { target, code, abiJson, abi: abiSize === 0 ? null : abiOf(abiJson, place, abiStart) }
}

function readHeader(bytes: Uint8Array, place: string) {
  if (bytes.length < HEADER_BYTES)
    refuse(place, bytes.length, `too short: the header has ${HEADER_BYTES} bytes`)
  if (!isContainer(bytes)) {
    const at = MAGIC.findIndex((byte, i) => bytes[i] !== byte)
    refuse(place, at, 'bad magic: a container begins with 5a564d43, "ZVMC"')
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES)
  const [version, number] = [view.getUint8(AT.version), view.getUint8(AT.target)]
  if (version !== VERSION) refuse(place, AT.version, `bad version ${version}; known: ${VERSION}`)
  const target = TARGETS[number]
  if (target === undefined) refuse(place, AT.target, `unknown target ${number}; known: ${targetList()}`)
  for (const field of ['flags', 'reserved'] as const)
    if (bytes[AT[field]] !== 0) refuse(place, AT[field], `${field} ${bytes[AT[field]]}; must be 0`)
  const [codeSize, abiSize] = [view.getUint32(AT.codeSize, true), view.getUint32(AT.abiSize, true)]
  if (codeSize > CODE_LIMIT_BYTES)
    refuse(place, AT.codeSize, `code of ${codeSize} bytes; at most ${CODE_LIMIT_BYTES}`)
  if (abiSize > ABI_LIMIT_BYTES)
    refuse(place, AT.abiSize, `ABI of ${abiSize} bytes; at most ${ABI_LIMIT_BYTES}`)
  return { target, codeSize, abiSize }
}

function targetList(): string {
  return TARGETS.map((name, i) => `${i} ${name}`).join(', ')
}

function abiOf(json: Uint8Array, place: string, offset: number): ContractAbi {
  try {
    return readAbi(parseAbi(json, 'abi'))
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    const { place: member, ...details } = error.details
    const message = `${place}: byte ${offset}: ${error.message}`
    throw new ZvmError(error.code, message, { ...details, place, offset, member }, error)
  }
}

/** The JSON of an ABI as a value. Throws JSON naming `place`. */
export function parseAbi(json: string | Uint8Array, place: string): unknown {
  return parseJson(json, place, { maxBytes: ABI_LIMIT_BYTES, maxDepth: ABI_DEPTH_LIMIT, uniqueKeys: true })
}

/**
 * A container's bytes. `abiJson` is what `abiToJson` gives, or empty. Throws VALUE where a part is larger than
 * `readContainer` takes.
 */
export function encodeContainer(target: Target, code: Uint8Array, abiJson: Uint8Array): Uint8Array {
  if (code.length > CODE_LIMIT_BYTES) refuse('container', AT.codeSize, `code of ${code.length} bytes`)
  if (abiJson.length > ABI_LIMIT_BYTES) refuse('container', AT.abiSize, `ABI of ${abiJson.length} bytes`)
  const bytes = new Uint8Array(HEADER_BYTES + code.length + abiJson.length)
  bytes.set(MAGIC)
  const view = new DataView(bytes.buffer)
  view.setUint8(AT.version, VERSION)
  view.setUint8(AT.target, TARGETS.indexOf(target))
  view.setUint32(AT.codeSize, code.length, true)
  view.setUint32(AT.abiSize, abiJson.length, true)
  bytes.set(code, HEADER_BYTES)
  bytes.set(abiJson, HEADER_BYTES + code.length)
  return bytes
}

function refuse(place: string, offset: number, what: string): never {
  throw new ZvmError(ERROR_CODES.value, `${place}: byte ${offset}: ${what}`, { place, offset })
}
