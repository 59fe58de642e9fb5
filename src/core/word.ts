/** A word is a bigint in [0, 2^256). These are the only conversions between words, signed values and bytes. */

export const WORD_MODULUS = 1n << 256n
export const MAX_WORD = WORD_MODULUS - 1n
export const SIGN_BIT = 1n << 255n
export const MAX_UINT64 = (1n << 64n) - 1n
export const ADDRESS_MASK = (1n << 160n) - 1n

/** The two's-complement value of a word, in [-2^255, 2^255). */
export function toSigned(word: bigint): bigint {
  return word < SIGN_BIT ? word : word - WORD_MODULUS
}

/** The word of a value of any sign and size: the value modulo 2^256. */
export function toWord(value: bigint): bigint {
  return value & MAX_WORD
}

const MAX_UINT32 = 2n ** 32n - 1n

const low64 = new DataView(new ArrayBuffer(8))

/** The word as a number: exact up to 2^53, the nearest above. */
export function toNumber(word: bigint): number {
  // Through memory it is a few machine instructions; `Number` is a call that takes longer than the rest of most rows.
  if (word > MAX_UINT32) return Number(word)
  low64.setBigUint64(0, word)
  return low64.getUint32(4)
}

/** The word in 32 bytes from `at` on, big-endian. */
export function readWord(view: DataView, at: number): bigint {
  // Most words fit 64 bits, which 32-bit integers tell cheapest; any other takes five operations on bigints.
  const high =
    view.getInt32(at) |
    view.getInt32(at + 4) |
    view.getInt32(at + 8) |
    view.getInt32(at + 12) |
    view.getInt32(at + 16) |
    view.getInt32(at + 20)
  if (high === 0) return view.getBigUint64(at + 24)
  const upper = (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8)
  return (upper << 128n) | (view.getBigUint64(at + 16) << 64n) | view.getBigUint64(at + 24)
}

/** Writes the word into 32 bytes from `at` on, big-endian. */
export function writeWord(view: DataView, at: number, word: bigint): void {
  // setBigUint64 takes the low 64 bits of what it is given.
  view.setBigUint64(at + 24, word)
  if (word <= MAX_UINT64) {
    view.setFloat64(at, 0)
    view.setFloat64(at + 8, 0)
    view.setFloat64(at + 16, 0)
  } else {
    const upper = word >> 128n
    view.setBigUint64(at, upper >> 64n)
    view.setBigUint64(at + 8, upper)
    view.setBigUint64(at + 16, word >> 64n)
  }
}

// Copying bytes to where there is a view of them takes less than making a view where they are.
const wordBytes = new Uint8Array(32)
const wordView = new DataView(wordBytes.buffer)

/** The word in 32 bytes from `at` on, big-endian; bytes beyond the end are zeros. */
export function wordAt(bytes: Uint8Array, at: number): bigint {
  const rest = bytes.length - at
  if (rest < 32) return rest <= 0 ? 0n : shortValue(bytes, at, rest) << BigInt(8 * (32 - rest))
  for (let i = 0; i < 32; i++) wordBytes[i] = bytes[at + i]
  return readWord(wordView, 0)
}

/** The big-endian value of `sizeBytes` bytes, 32 at the most. */
function shortValue(bytes: Uint8Array, at: number, sizeBytes: number): bigint {
  wordBytes.fill(0)
  for (let from = at, to = 32 - sizeBytes; to < 32; from++, to++) wordBytes[to] = bytes[from]
  return readWord(wordView, 0)
}

/** Big-endian bytes as an unsigned integer; empty bytes are zero. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  let at = bytes.length % 32
  let value = at === 0 ? 0n : shortValue(bytes, 0, at)
  for (; at < bytes.length; at += 32) value = (value << 256n) | wordAt(bytes, at)
  return value
}

/** The low `sizeBytes` bytes of a value, big-endian. */
export function bigintToBytes(value: bigint, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  let rest = value
  for (let at = sizeBytes; at > 0; at -= 8) {
    wordView.setBigUint64(0, BigInt.asUintN(64, rest))
    rest >>= 64n
    for (let i = 1; i <= 8 && i <= at; i++) bytes[at - i] = wordBytes[8 - i]
  }
  return bytes
}

/** The value's big-endian bytes without leading zeros; zero is the empty array (the integer form of RLP). */
export function bigintToMinimalBytes(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0)
  return bigintToBytes(value, (value.toString(16).length + 1) >> 1)
}
