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

/** Big-endian bytes as an unsigned integer; empty bytes are zero. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  const { length } = bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  let at = length % 8
  let head = 0
  for (let i = 0; i < at; i++) head = i < 6 ? head * 256 + bytes[i] : head
  let value = at === 7 ? BigInt(head) * 256n + BigInt(bytes[6]) : BigInt(head)
  for (; at < length; at += 8) value = (value << 64n) | view.getBigUint64(at)
  return value
}

/** The low `sizeBytes` bytes of a value, big-endian. */
export function bigintToBytes(value: bigint, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  let rest = value
  let at = sizeBytes
  const view = new DataView(bytes.buffer)
  for (; at >= 8; at -= 8) {
    view.setBigUint64(at - 8, BigInt.asUintN(64, rest))
    rest >>= 64n
  }
  for (; at > 0; at--) {
    bytes[at - 1] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

/** The value's big-endian bytes without leading zeros; zero is the empty array (the integer form of RLP). */
export function bigintToMinimalBytes(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0)
  return bigintToBytes(value, (value.toString(16).length + 1) >> 1)
}
