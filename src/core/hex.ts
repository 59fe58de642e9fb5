import { ERROR_CODES, ZvmError } from './errors.ts'

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Longest run of an input shown in an error. */
const EXCERPT = 40

function refuse(place: string, text: unknown, what: string): never {
  const shown = typeof text === 'string' ? JSON.stringify(text.slice(0, EXCERPT)) : typeof text
  throw new ZvmError(ERROR_CODES.value, `${place}: ${what} (${shown})`, { place })
}

/** The bytes as lower-case hex with 0x. */
export function bytesToHex(bytes: Uint8Array): string {
  return '0x' + bytesToBareHex(bytes)
}

/** The bytes as lower-case hex without a prefix. */
export function bytesToBareHex(bytes: Uint8Array): string {
  let hex = ''
  for (let i = 0; i < bytes.length; i++) hex += HEX[bytes[i]]
  return hex
}

/** The value as 0x hex without leading zeros (`0x0` for zero), as JSON-RPC quantities are written. */
export function toQuantity(value: bigint | number): string {
  return '0x' + value.toString(16)
}

/** The value as 0x hex of exactly `sizeBytes` bytes. */
export function toFixedHex(value: bigint, sizeBytes: number): string {
  return '0x' + value.toString(16).padStart(sizeBytes * 2, '0')
}

/** Decodes hex with or without 0x. Throws VALUE naming `place` on an odd length or a stray character. */
export function hexToBytes(text: unknown, place: string): Uint8Array {
  if (typeof text !== 'string') refuse(place, text, 'not hex')
  const start = text.startsWith('0x') || text.startsWith('0X') ? 2 : 0
  if ((text.length - start) % 2 !== 0) refuse(place, text, 'hex of odd length')
  const bytes = new Uint8Array((text.length - start) / 2)
  for (let i = 0, at = start; i < bytes.length; i++, at += 2) {
    const high = nibble(text.charCodeAt(at))
    const low = nibble(text.charCodeAt(at + 1))
    if (high < 0 || low < 0) refuse(place, text, 'not hex')
    bytes[i] = high * 16 + low
  }
  return bytes
}

function nibble(char: number): number {
  if (char >= 48 && char <= 57) return char - 48
  if (char >= 97 && char <= 102) return char - 87
  if (char >= 65 && char <= 70) return char - 55
  return -1
}

/**
 * Reads an unsigned integer from 0x hex, decimal text or a JSON number, below 2^bits.
 * Decimal text is capped at 78 digits (2^256 has 78), since parsing long decimals is quadratic.
 */
export function parseQuantity(value: unknown, place: string, bits = 256): bigint {
  let parsed: bigint
  if (typeof value === 'bigint') parsed = value
  else if (typeof value === 'number' && Number.isSafeInteger(value)) parsed = BigInt(value)
  else if (typeof value === 'string' && /^0x[0-9a-fA-F]*$/.test(value) && value.length <= 66 + 64)
    parsed = value.length === 2 ? 0n : BigInt(value)
  else if (typeof value === 'string' && /^[0-9]{1,78}$/.test(value)) parsed = BigInt(value)
  else refuse(place, value, 'not an unsigned integer')
  if (parsed < 0n || parsed >> BigInt(bits) !== 0n)
    refuse(place, value, `not an unsigned integer of ${bits} bits`)
  return parsed
}

/** As `parseQuantity`, of what a person gives: `0x` alone is none, and no zero as in the data of nodes. */
export function parseNumber(value: unknown, place: string, bits = 256): bigint {
  return value === '0x' ? refuse(place, value, 'not an unsigned integer') : parseQuantity(value, place, bits)
}

/** Reads a 20-byte address from hex. */
export function parseAddress(value: unknown, place: string): bigint {
  if (typeof value !== 'string' || !/^(0x)?[0-9a-fA-F]{40}$/.test(value))
    refuse(place, value, 'not an address of 20 bytes')
  return BigInt(value.startsWith('0x') ? value : '0x' + value)
}

/** Reads exactly `sizeBytes` bytes of hex. */
export function parseFixedBytes(value: unknown, place: string, sizeBytes: number): Uint8Array {
  const bytes = hexToBytes(value, place)
  if (bytes.length !== sizeBytes) refuse(place, value, `not ${sizeBytes} bytes`)
  return bytes
}
