import { bytesToBigint } from '../../src/core/word.ts'

/** How precompiles read their input: it is endless, bytes past its end being zeros. */

/** Longest run of bytes converted in one piece: the plain conversion is quadratic. */
const PIECE_BYTES = 1024

/** `sizeBytes` bytes from `at`, filled with zeros past the end of the input. May be a view of the input. */
export function readBytes(input: Uint8Array, at: number, sizeBytes: number): Uint8Array {
  const present = input.subarray(at, at + sizeBytes)
  if (present.length === sizeBytes) return present
  const bytes = new Uint8Array(sizeBytes)
  bytes.set(present)
  return bytes
}

/** The unsigned big-endian integer in `sizeBytes` bytes from `at`. */
export function readUint(input: Uint8Array, at: number, sizeBytes: number): bigint {
  const present = input.subarray(at, at + sizeBytes)
  return toUint(present) << BigInt(8 * (sizeBytes - present.length))
}

function toUint(bytes: Uint8Array): bigint {
  const { length } = bytes
  if (length <= PIECE_BYTES) return bytesToBigint(bytes)
  const half = length >> 1
  return (toUint(bytes.subarray(0, half)) << BigInt(8 * (length - half))) | toUint(bytes.subarray(half))
}

/** How many 32-byte words the input takes up, the last one begun counting whole. */
export function countWords(input: Uint8Array): number {
  return Math.ceil(input.length / 32)
}
