import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bn254 } from '@noble/curves/bn254.js'
import { bigintToBytes } from '../../../src/core/word.ts'

/** Points as the precompiles read them. Made on first use: most runs of the fuzzer need them, its imports do not. */
export interface CurvePoints {
  /** Multiples of the generator by 0, 1, 2, 3 and −1. */
  readonly bn254G1: readonly Uint8Array[]
  readonly bn254G2: readonly Uint8Array[]
  readonly blsG1: readonly Uint8Array[]
  readonly blsG2: readonly Uint8Array[]
  /** On their curve, outside the subgroup. */
  readonly blsG1Outside: Uint8Array
  readonly blsG2Outside: Uint8Array
  /** A commitment to the constant polynomial 2, compressed. */
  readonly kzgCommitment: Uint8Array
}

interface Fp2 {
  readonly c0: bigint
  readonly c1: bigint
}

const MULTIPLES = [0n, 1n, 2n, 3n, -1n]
/** The compressed point at infinity: the proof that a constant polynomial is constant. */
export const KZG_INFINITY = Uint8Array.of(0xc0, ...new Uint8Array(47))

let made: CurvePoints | undefined

export function curvePoints(): CurvePoints {
  made ??= make()
  return made
}

function make(): CurvePoints {
  const times = <P>(point: {
    readonly BASE: { multiplyUnsafe(k: bigint): P }
    readonly Fn: { readonly ORDER: bigint }
  }) => MULTIPLES.map((k) => point.BASE.multiplyUnsafe(k < 0n ? point.Fn.ORDER + k : k))
  const { Fp, Fp2: field } = bls12_381.fields
  const y = Fp.sqrt(4n ** 3n + 4n)
  const x2 = { c0: 2n, c1: 0n }
  const y2 = field.sqrt(field.add(field.mul(field.sqr(x2), x2), { c0: 4n, c1: 4n }))
  return {
    bn254G1: times(bn254.G1.Point).map((point) => words(32, affine(point.is0(), point, 0n))),
    bn254G2: times(bn254.G2.Point).map((point) =>
      words(32, imaginaryFirst(affine(point.is0(), point, field.ZERO))),
    ),
    blsG1: times(bls12_381.G1.Point).map((point) => words(64, affine(point.is0(), point, 0n))),
    blsG2: times(bls12_381.G2.Point).map((point) =>
      words(64, realFirst(affine(point.is0(), point, field.ZERO))),
    ),
    blsG1Outside: words(64, [4n, y]),
    blsG2Outside: words(64, realFirst([x2, y2])),
    kzgCommitment: bls12_381.G1.Point.BASE.double().toBytes(true),
  }
}

/** x and y; infinity is written as zeros. */
function affine<T>(isInfinity: boolean, point: { toAffine(): { x: T; y: T } }, zero: T): [T, T] {
  if (isInfinity) return [zero, zero]
  const { x, y } = point.toAffine()
  return [x, y]
}

/** The order of EIP-197. */
function imaginaryFirst(coordinates: readonly Fp2[]): bigint[] {
  return coordinates.flatMap(({ c0, c1 }) => [c1, c0])
}

/** The order of EIP-2537. */
function realFirst(coordinates: readonly Fp2[]): bigint[] {
  return coordinates.flatMap(({ c0, c1 }) => [c0, c1])
}

function words(sizeBytes: number, values: readonly bigint[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [...bigintToBytes(value, sizeBytes)]))
}
