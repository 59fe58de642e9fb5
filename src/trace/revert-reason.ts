import { bytesToHex, toQuantity } from '../core/hex.ts'
import { bytesToBigint } from '../core/word.ts'

/** Selectors of `Error(string)` and `Panic(uint256)`, with which Solidity reverts. */
const ERROR_SELECTOR = '0x08c379a0'
const PANIC_SELECTOR = '0x4e487b71'
const WORD = 32
const SELECTOR = 4

/** What Solidity's panic codes stand for, as geth words it. */
const PANICS: ReadonlyMap<bigint, string> = new Map([
  [0x00n, 'generic panic'],
  [0x01n, 'assert(false)'],
  [0x11n, 'arithmetic underflow or overflow'],
  [0x12n, 'division or modulo by zero'],
  [0x21n, 'enum overflow'],
  [0x22n, 'invalid encoded storage byte array accessed'],
  [0x31n, 'out-of-bounds array access; popping on an empty array'],
  [0x32n, 'out-of-bounds access of an array or bytesN'],
  [0x41n, 'out of memory'],
  [0x51n, 'uninitialized function'],
])

/** The text that a revert gives in Solidity's way; null where it gives none. Bytes that are no UTF-8 become U+FFFD. */
export function revertReason(output: Uint8Array): string | null {
  if (output.length < SELECTOR + WORD) return null
  const selector = bytesToHex(output.subarray(0, SELECTOR))
  const body = output.subarray(SELECTOR)
  if (selector === PANIC_SELECTOR) {
    const code = wordAt(body, 0)
    return PANICS.get(code) ?? `unknown panic code: ${toQuantity(code)}`
  }
  return selector === ERROR_SELECTOR ? textIn(body) : null
}

/** The text that the first word of an ABI encoding points to; null where the encoding does not hold it whole. */
function textIn(body: Uint8Array): string | null {
  const at = wordAt(body, 0)
  if (at > BigInt(body.length - WORD)) return null
  const start = Number(at) + WORD
  const size = wordAt(body, Number(at))
  if (size > BigInt(body.length - start)) return null
  return new TextDecoder().decode(body.subarray(start, start + Number(size)))
}

function wordAt(bytes: Uint8Array, at: number): bigint {
  return bytesToBigint(bytes.subarray(at, at + WORD))
}
