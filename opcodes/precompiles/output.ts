import { bigintToBytes } from '../../src/core/word.ts'

/** The output of a precompile that answers yes or no: one word, 1 or 0. */
export function encodeBoolean(value: boolean): Uint8Array {
  return encodeUints([value ? 1n : 0n], 32)
}

/** Longest run of bytes converted in one piece: the plain conversion is quadratic. */
const PIECE_BYTES = 1024

/** The integer, big-endian in `sizeBytes` bytes. */
export function encodeUint(value: bigint, sizeBytes: number): Uint8Array {
  if (sizeBytes <= PIECE_BYTES) return bigintToBytes(value, sizeBytes)
  const low = sizeBytes >> 1
  const output = new Uint8Array(sizeBytes)
  output.set(encodeUint(value >> BigInt(8 * low), sizeBytes - low))
  output.set(encodeUint(BigInt.asUintN(8 * low, value), low), sizeBytes - low)
  return output
}

/** The integers one after the other, each big-endian in `sizeBytes` bytes. */
export function encodeUints(values: readonly bigint[], sizeBytes: number): Uint8Array {
  const output = new Uint8Array(values.length * sizeBytes)
  values.forEach((value, i) => {
    output.set(bigintToBytes(value, sizeBytes), i * sizeBytes)
  })
  return output
}
