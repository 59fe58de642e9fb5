import { concatBytes } from '../core/bytes.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToHex, hexToBytes, parseAddress, parseNumber, toFixedHex } from '../core/hex.ts'
import { refuseValue } from '../core/members.ts'
import { type EthereumType, ethereumType, parseAbiType } from './abi-type.ts'
import type { AbiFunction, AbiParameter } from './contract-abi.ts'

/**
 * A value of an ABI type: bigint for integers, 0x hex for addresses and bytes, arrays for arrays and tuples. To encode,
 * an integer may also be a safe number or a text, decimal or 0x hex: what JSON can hold.
 */
export type AbiValue = bigint | number | boolean | string | readonly AbiValue[]

/** Calldata: the selector and the arguments. Throws VALUE naming the argument that does not fit its type. */
export async function encodeCall(target: AbiFunction, values: readonly AbiValue[]): Promise<Uint8Array> {
  const [selector, data] = [
    hexToBytes(target.selector, 'selector'),
    await encodeValues(target.inputs, values),
  ]
  return concatBytes(selector, data)
}

/** The arguments of calldata for a function. Throws VALUE where they are not its own. */
export async function decodeCall(target: AbiFunction, calldata: Uint8Array): Promise<AbiValue[]> {
  const selector = bytesToHex(calldata.subarray(0, 4))
  if (selector !== target.selector)
    refuseValue('calldata', `the selector is ${selector}, and ${target.name} has ${target.selector}`)
  return decodeValues(target.inputs, calldata.subarray(4))
}

/** Values in Ethereum's ABI, a word or more each. Throws VALUE naming the value that does not fit its type. */
export async function encodeValues(
  parameters: readonly AbiParameter[],
  values: readonly unknown[],
): Promise<Uint8Array> {
  if (values.length !== parameters.length)
    refuseValue('arguments', `${values.length} given, ${parameters.length} wanted`)
  const types = parameters.map(typeOf)
  const plain = types.map((type, i) => toViem(type, values[i], `arguments[${i}]`))
  const { encodeAbiParameters } = await viem()
  return hexToBytes(encodeAbiParameters(types, plain), 'arguments')
}

/**
 * Reads values in Ethereum's ABI, what a function takes or gives. What follows them is ignored, as contracts do; a
 * number beyond its type is not. Throws VALUE.
 */
export async function decodeValues(
  parameters: readonly AbiParameter[],
  bytes: Uint8Array,
): Promise<AbiValue[]> {
  const types = parameters.map(typeOf)
  const { decodeAbiParameters } = await viem()
  let values: readonly unknown[]
  try {
    values = decodeAbiParameters(types, bytes)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new ZvmError(ERROR_CODES.value, `ABI data: ${message}`, { place: 'ABI data' }, cause)
  }
  return types.map((type, i) => fromViem(type, values[i], `values[${i}]`))
}

function typeOf({ name, type }: AbiParameter, i: number): EthereumType {
  const place = name === '' ? `parameter ${i}` : name
  return ethereumType(parseAbiType(type, place), place)
}

/** Loaded here: what encodes nothing starts without it, and need not have it. */
async function viem() {
  try {
    return await import('./ethereum-abi.ts')
  } catch (cause) {
    const what = 'the package viem, which encodes ABI values, is not installed: npm install viem'
    throw new ZvmError(ERROR_CODES.usage, what, {}, cause)
  }
}

/** The element type of an array, and its length if fixed; null for what is no array. */
function arrayType({
  type,
  components,
}: EthereumType): { element: EthereumType; size: number | null } | null {
  const [, element, size] = /^(.*)\[(\d*)\]$/.exec(type) ?? []
  if (element === undefined) return null
  return { element: { type: element, components }, size: size === '' ? null : Number(size) }
}

/** The value as viem takes it. */
function toViem(type: EthereumType, value: unknown, place: string): unknown {
  const array = arrayType(type)
  if (array) {
    if (!Array.isArray(value)) refuseValue(place, `not a list, for ${type.type}`)
    if (array.size !== null && value.length !== array.size)
      refuseValue(place, `${value.length} elements, ${array.size} wanted`)
    return value.map((element, i) => toViem(array.element, element, `${place}[${i}]`))
  }
  if (type.type === 'tuple') {
    const members = type.components ?? []
    if (!Array.isArray(value) || value.length !== members.length)
      refuseValue(place, `not a list of ${members.length} members`)
    // viem takes members without a name by position.
    return members.map((member, i) => toViem(member, value[i], `${place}[${i}]`))
  }
  return elementToViem(type.type, value, place)
}

function elementToViem(type: string, value: unknown, place: string): unknown {
  if (type === 'bool') return typeof value === 'boolean' ? value : refuseValue(place, 'not true or false')
  if (type === 'string') return typeof value === 'string' ? value : refuseValue(place, 'not a text')
  if (type === 'address') return toFixedHex(parseAddress(value, place), 20)
  if (type.startsWith('bytes')) {
    const bytes = hexToBytes(value, place)
    const size = type === 'bytes' ? bytes.length : Number(type.slice('bytes'.length))
    return bytes.length === size
      ? bytesToHex(bytes)
      : refuseValue(place, `${bytes.length} bytes, for ${type}`)
  }
  const bits = Number(type.replace(/\D+/, ''))
  return type.startsWith('u') ? parseNumber(value, place, bits) : signed(value, place, bits)
}

function signed(value: unknown, place: string, bits: number): bigint {
  const isNegative = typeof value === 'string' ? value.startsWith('-') : Number(value) < 0
  const magnitude = typeof value === 'string' ? value.replace(/^-/, '') : value
  const absolute =
    typeof magnitude === 'number' || typeof magnitude === 'bigint'
      ? negated(magnitude, isNegative)
      : magnitude
  const number = parseNumber(absolute, place) * (isNegative ? -1n : 1n)
  return BigInt.asIntN(bits, number) === number ? number : refuseValue(place, `beyond int${bits}`)
}

function negated(value: number | bigint, isNegative: boolean): number | bigint {
  return isNegative ? -value : value
}

/** The value as `AbiValue` writes it. */
function fromViem(type: EthereumType, value: unknown, place: string): AbiValue {
  const array = arrayType(type)
  if (array)
    return (value as unknown[]).map((element, i) => fromViem(array.element, element, `${place}[${i}]`))
  if (type.type === 'tuple') {
    const members = type.components ?? []
    return members.map((member, i) => fromViem(member, (value as unknown[])[i], `${place}[${i}]`))
  }
  if (typeof value !== 'number' && typeof value !== 'bigint')
    return type.type === 'address' ? String(value).toLowerCase() : (value as AbiValue)
  return elementToViem(type.type, BigInt(value), place) as bigint
}
