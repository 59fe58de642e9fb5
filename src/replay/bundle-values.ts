import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { hexToBytes, parseAddress, parseFixedBytes, parseQuantity } from '../core/hex.ts'
import { entriesOf, type Read } from '../core/members.ts'
import { bytesToBigint } from '../core/word.ts'

/** Readers of the values a bundle is made of. Each throws VALUE naming the place; hex always begins with 0x. */

/** Characters of a quantity at most: a padded word. */
const MAX_QUANTITY = 66

/** An unsigned integer below 2^bits as 0x hex; leading zeros are allowed, since nodes write storage with them. */
export function quantity(bits: number): Read<bigint> {
  return (value, place) => {
    // Decimal text and JSON numbers, which `parseQuantity` would take, are refused: one way to write a number.
    if (typeof value !== 'string' || !/^0x[0-9a-fA-F]+$/.test(value)) refuse(place, 'not hex', value)
    if (value.length > MAX_QUANTITY) refuse(place, 'longer than a word', value)
    return parseQuantity(value, place, bits)
  }
}

export const readWord = quantity(256)

/** A quantity of at most 53 bits, as a number. */
export function smallQuantity(bits: number): Read<number> {
  const read = quantity(bits)
  return (value, place) => Number(read(value, place))
}

export function readAddress(value: unknown, place: string): bigint {
  return parseAddress(prefixed(value, place), place)
}

/** A hash of 32 bytes, as a word. */
export function readHash(value: unknown, place: string): bigint {
  return bytesToBigint(parseFixedBytes(prefixed(value, place), place, 32))
}

export function readBytes(value: unknown, place: string): Uint8Array {
  return hexToBytes(prefixed(value, place), place)
}

/** Text of at most `maxLength` UTF-16 units. */
export function text(maxLength: number): Read<string> {
  return (value, place) => {
    if (typeof value !== 'string') refuse(place, 'not text', value)
    if (value.length > maxLength) refuse(place, `longer than ${maxLength} characters`, value)
    return value
  }
}

/** The value, or null where JSON says null. */
export function orNull<T>(read: Read<T>): Read<T | null> {
  return (value, place) => (value === null ? null : read(value, place))
}

/** An object whose keys are addresses. A key given twice, written differently, is refused. */
export function byAddress<T>(read: Read<T>): Read<Map<bigint, T>> {
  return mapOf(readAddress, read, (place, key) => `${place}.${key}`)
}

/** An object whose keys are quantities of at most `bits` bits. */
export function byQuantity<T>(bits: number, read: Read<T>): Read<Map<bigint, T>> {
  return mapOf(quantity(bits), read, (place, key) => `${place}[${key}]`)
}

function mapOf<T>(
  readKey: Read<bigint>,
  read: Read<T>,
  at: (place: string, key: string) => string,
): Read<Map<bigint, T>> {
  return (value, place) => {
    const map = new Map<bigint, T>()
    for (const [key, element] of entriesOf(value, place)) {
      const keyPlace = at(place, excerpt(key))
      const parsed = readKey(key, keyPlace)
      if (map.has(parsed)) refuse(keyPlace, 'given twice', key)
      map.set(parsed, read(element, keyPlace))
    }
    return map
  }
}

function prefixed(value: unknown, place: string): string {
  if (typeof value !== 'string' || !value.startsWith('0x')) refuse(place, 'not hex', value)
  return value
}

function refuse(place: string, what: string, value: unknown): never {
  const shown = typeof value === 'string' ? JSON.stringify(excerpt(value)) : typeof value
  throw new ZvmError(ERROR_CODES.value, `${place}: ${what} (${shown})`, { place })
}

/** Long enough for a 32-byte key. */
function excerpt(value: string): string {
  return value.length > 70 ? `${value.slice(0, 70)}…` : value
}
