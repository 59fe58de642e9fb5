import { parseJson } from '../core/json.ts'
import { type Read, readWhole, refuseValue } from '../core/members.ts'
import { MAX_AMOUNT } from './amount.ts'

/** Minified JSON in which a bigint is a number of any size; members in the order of the object's own. */
export function exactJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(exactJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${exactJson(member)}`)
    .join(',')}}`
}

/** The value of JSON text in which integers that no double holds are kept, as their digits. Throws JSON naming `place`. */
export function parseExact(text: string, place: string): unknown {
  return parseJson(text, place, { maxDepth: 8, uniqueKeys: true, exactIntegers: true })
}

/** A whole number of 64 bits at the most: of JSON, in which a long one is digits by now, or a bigint. */
export function readInteger(most: bigint, what: string): Read<bigint> {
  return (value, place) => {
    const isWhole =
      typeof value === 'number'
        ? Number.isSafeInteger(value)
        : typeof value === 'bigint' || (typeof value === 'string' && /^[0-9]{16,20}$/.test(value))
    const integer = isWhole ? BigInt(value as number | string | bigint) : -1n
    return integer >= 0n && integer <= most ? integer : refuseValue(place, `not ${what}`)
  }
}

/** An amount, from 0 to the most there is. */
export const readAmount: Read<bigint> = readInteger(MAX_AMOUNT, 'an amount in units of 1e-8')

/** The last second of the year 9999. */
const LAST_SECOND = 253_402_300_799

/** Unix seconds. */
export const readTimestamp: Read<number> = readWhole(0, LAST_SECOND)

export const readBoolean: Read<boolean> = (value, place) =>
  typeof value === 'boolean' ? value : refuseValue(place, 'neither true nor false')

export function readNullable<T>(read: Read<T>): Read<T | null> {
  return (value, place) => (value === null ? null : read(value, place))
}

/** A text of one line, which a terminal may show. */
export function readText(mostCharacters: number): Read<string> {
  return (value, place) => {
    if (typeof value !== 'string') return refuseValue(place, 'not a text')
    if (value.length > mostCharacters) return refuseValue(place, `longer than ${mostCharacters} characters`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    if (/[\u0000-\u001f\u007f-\u009f]/.test(value) || !isUnicode(value))
      return refuseValue(place, 'a text with control characters, or of no Unicode')
    return value
  }
}

/** Whether no half of a surrogate pair stands alone. */
export function isUnicode(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}

/** Bytes in lower-case hex without 0x. */
export function readHex(sizeBytes: number): Read<string> {
  const pattern = new RegExp(`^[0-9a-f]{${2 * sizeBytes}}$`)
  return (value, place) =>
    typeof value === 'string' && pattern.test(value)
      ? value
      : refuseValue(place, `not ${sizeBytes} bytes in lower-case hex`)
}

export function oneOf<T extends string>(choices: readonly T[]): Read<T> {
  return (value, place) =>
    choices.find((choice) => choice === value) ?? refuseValue(place, `none of ${choices.join(', ')}`)
}
