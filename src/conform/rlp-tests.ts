import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToHex, hexToBytes } from '../core/hex.ts'
import { Members } from '../core/members.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../core/rlp.ts'
import { bigintToMinimalBytes } from '../core/word.ts'
import { memberCases, type SuiteCase } from './case.ts'

/**
 * The cases of a file of RLPTests, already parsed: each is an item with its encoding, or an encoding that is VALID or
 * INVALID. Throws VALUE when the file is not an object of cases.
 */
export function rlpCases(file: unknown, place: string): SuiteCase[] {
  return memberCases(file, place, (value, at) => {
    const members = new Members(value, at)
    const input = members.required('in', (given) => given)
    const encoded = members.required('out', hexToBytes)
    members.done()
    return fault(input, encoded, `${at}.in`)
  })
}

function fault(input: unknown, encoded: Uint8Array, place: string): string | null {
  const decoded = tryDecode(encoded)
  if (input === 'INVALID') return decoded === null ? null : 'decoded, but is not canonical'
  if (decoded === null) return `${bytesToHex(encoded)} is refused`
  if (!sameBytes(encodeRlp(decoded), encoded)) return 'decodes to what encodes otherwise'
  if (input === 'VALID') return null
  const ours = encodeRlp(readItem(input, place))
  return sameBytes(ours, encoded) ? null : `encodes to ${bytesToHex(ours)}`
}

function tryDecode(encoded: Uint8Array): RlpItem | null {
  try {
    return decodeRlp(encoded, 'out')
  } catch (error) {
    if (error instanceof ZvmError && error.code === ERROR_CODES.rlp) return null
    throw error
  }
}

/** An item as the files write it: text, a number, `#` and decimal digits, or an array of items. */
function readItem(input: unknown, place: string): RlpItem {
  if (Array.isArray(input)) return input.map((item, i) => readItem(item, `${place}[${i}]`))
  if (typeof input === 'number' && Number.isSafeInteger(input)) return bigintToMinimalBytes(BigInt(input))
  if (typeof input === 'string' && /^#[0-9]{1,100}$/.test(input))
    return bigintToMinimalBytes(BigInt(input.slice(1)))
  if (typeof input === 'string') return new TextEncoder().encode(input)
  throw new ZvmError(ERROR_CODES.value, `${place}: not text, a number or an array`, { place })
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return bytesToHex(a) === bytesToHex(b)
}
