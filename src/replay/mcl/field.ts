import type { Fp2 } from '../../core/crypto.ts'
import { FP, type Mcl } from './instance.ts'

/** Numbers in the memory of mcl, which keeps them in a form of its own: in and out they go as bytes, the lowest first. */

/** Elements of a field as the coordinates of points. */
export interface Coordinate<T> {
  readonly sizeBytes: number
  /** Writes the element; false when a number is not below the modulus. */
  put(at: number, element: T): boolean
  putOne(at: number): void
  take(at: number): T
  isZero(element: T): boolean
}

/** Writes the low bytes of a number, `sizeBytes` (a multiple of 8) of them, the lowest first. */
export function writeNumber(mcl: Mcl, at: number, value: bigint, sizeBytes: number): void {
  const words = mcl.words()
  let rest = value
  for (let i = at / 8; i < (at + sizeBytes) / 8; i++) {
    // Takes the low 64 bits.
    words[i] = rest
    rest >>= 64n
  }
}

function readNumber(mcl: Mcl, at: number, sizeBytes: number): bigint {
  const words = mcl.words()
  let value = 0n
  for (let i = (at + sizeBytes) / 8 - 1; i >= at / 8; i--) value = (value << 64n) | words[i]
  return value
}

/** The base field of a curve, of `encodedBytes` an element. */
export function primeField(mcl: Mcl, encodedBytes: number): Coordinate<bigint> {
  const {
    mclBnFp_deserialize: decode,
    mclBnFp_serialize: encode,
    mclBnFp_setInt32: setInt32,
    malloc,
  } = mcl.functions
  const buffer = malloc(encodedBytes)
  const bits = BigInt(8 * encodedBytes)
  return {
    sizeBytes: FP,
    put(at, element) {
      if (element >> bits !== 0n) return false
      writeNumber(mcl, buffer, element, encodedBytes)
      return decode(at, buffer, encodedBytes) !== 0
    },
    putOne: (at) => void setInt32(at, 1),
    take(at) {
      encode(buffer, encodedBytes, at)
      return readNumber(mcl, buffer, encodedBytes)
    },
    isZero: (element) => element === 0n,
  }
}

/** Its quadratic extension. */
export function quadraticField(base: Coordinate<bigint>): Coordinate<Fp2> {
  return {
    sizeBytes: 2 * FP,
    put: (at, { c0, c1 }) => base.put(at, c0) && base.put(at + FP, c1),
    putOne(at) {
      base.putOne(at)
      base.put(at + FP, 0n)
    },
    take: (at) => ({ c0: base.take(at), c1: base.take(at + FP) }),
    isZero: ({ c0, c1 }) => c0 === 0n && c1 === 0n,
  }
}
