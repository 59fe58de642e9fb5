import type { WeierstrassPoint, WeierstrassPointCons } from '@noble/curves/abstract/weierstrass.js'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bn254 } from '@noble/curves/bn254.js'
import { expect } from 'vitest'
import type { Fp2 } from '../../src/core/crypto.ts'
import { type Curves, mclOr } from '../../src/replay/mcl/curves.ts'
import { defaultCrypto } from '../../src/runtime/crypto.ts'

/** Points of every kind, of both curves, and what both libraries make of them. */

/** By mcl alone: where it is missing, that fails. */
export const mcl = mclOr(() => {
  throw new Error('mcl is not loaded')
})

/** What both libraries find, which must be the same. */
export function found<N extends keyof Curves>(
  name: N,
  ...args: Parameters<Curves[N]>
): ReturnType<Curves[N]> {
  type Primitive = (...args: Parameters<Curves[N]>) => ReturnType<Curves[N]>
  const [fast, library] = [mcl, defaultCrypto].map((curves) => (curves[name] as Primitive)(...args))
  expect(fast).toEqual(library)
  return fast
}

export interface Affine<T> {
  readonly x: T
  readonly y: T
}

/** Points of one group by what they are. */
export interface Pool<T> {
  /** Of the subgroup, infinity and opposites included. */
  readonly members: readonly Affine<T>[]
  /** Of the curve and outside the subgroup. */
  readonly strays: readonly Affine<T>[]
  /** Not of the curve, or with a coordinate that is not below the modulus. */
  readonly invalid: readonly Affine<T>[]
}

/** The points of the curve with one of these x. */
function pointsAt<T>(group: WeierstrassPointCons<T>, xs: readonly T[]): WeierstrassPoint<T>[] {
  const { Fp } = group
  return xs.flatMap((x) => {
    try {
      return [group.fromAffine({ x, y: Fp.sqrt(Fp.add(Fp.mul(Fp.sqr(x), x), group.CURVE().b)) })]
    } catch {
      return []
    }
  })
}

/** A multiple by any scalar of any point of the curve, in the subgroup or not. */
function times<T>(point: WeierstrassPoint<T>, scalar: bigint): WeierstrassPoint<T> {
  let sum = point.subtract(point)
  for (let double = point, bits = scalar; bits > 0n; bits >>= 1n, double = double.double())
    if (bits & 1n) sum = sum.add(double)
  return sum
}

/** A point whose order is a power of a small prime, which divides the cofactor: a fast check may take it for a member. */
function ofSmallOrder<T>(group: WeierstrassPointCons<T>, points: WeierstrassPoint<T>[], prime: bigint) {
  let rest = group.CURVE().h * group.Fn.ORDER
  while (rest % prime === 0n) rest /= prime
  return points.map((point) => times(point, rest)).find((point) => !point.is0())!
}

type Change<T> = (element: T, change: (value: bigint) => bigint) => T

/** `changes`: of each coefficient of an element. `primes` divide the cofactor. */
function poolOf<T>(
  group: WeierstrassPointCons<T>,
  modulus: bigint,
  changes: readonly Change<T>[],
  xs: readonly T[],
  primes: readonly bigint[],
): Pool<T> {
  const { ORDER: n } = group.Fn
  const scalars = [1n, 2n, 3n, n >> 1n, 7n ** 90n % n, 11n ** 90n % n]
  const points = scalars.map((scalar) => group.BASE.multiply(scalar))
  const outside = pointsAt(group, xs).filter((point) => !point.isTorsionFree())
  const strays = [
    ...outside.slice(0, 4),
    ...outside.slice(0, 2).map((point) => point.add(points[4])),
    ...primes.map((prime) => ofSmallOrder(group, outside, prime)),
  ]
  const { x, y } = points[4].toAffine()
  const { ZERO: zero } = group.Fp
  const added = [1n, -modulus, modulus, 2n * modulus, 1n << 256n, 1n << 384n, 1n << 400n, 1n << 511n]
  const invalid = changes.flatMap((change) => [
    ...added.flatMap((by) => [
      { x: change(x, (value) => value + by), y },
      { x, y: change(y, (value) => value + by) },
    ]),
    { x: change(zero, () => modulus), y: zero },
    { x: zero, y: change(zero, () => modulus) },
    { x: zero, y: change(zero, () => 1n) },
  ])
  return {
    members: [group.ZERO, ...points, ...points.map((point) => point.negate())].map((each) => each.toAffine()),
    strays: strays.map((point) => point.toAffine()),
    invalid: [...invalid, { x: y, y: x }],
  }
}

const COUNTS = Array.from({ length: 24 }, (_, i) => BigInt(i))
const whole: Change<bigint> = (element, change) => change(element)
const parts: Change<Fp2>[] = [
  ({ c0, c1 }, change) => ({ c0: change(c0), c1 }),
  ({ c0, c1 }, change) => ({ c0, c1: change(c1) }),
]

/** Of G1 and G2, with some prime factors of their cofactors. */
function poolsOf(
  curve: typeof bn254 | typeof bls12_381,
  primes: readonly bigint[],
  primes2: readonly bigint[],
) {
  const { ORDER: p } = curve.fields.Fp
  const xs = COUNTS.map((c1) => ({ c0: c1 >> 2n, c1 }))
  return {
    n: curve.G1.Point.Fn.ORDER,
    g1: poolOf<bigint>(curve.G1.Point, p, [whole], COUNTS, primes),
    g2: poolOf<Fp2>(curve.G2.Point, p, parts, xs, primes2),
  }
}

export const BN254 = poolsOf(bn254, [], [10069n, 5864401n])
export const BLS = poolsOf(
  bls12_381,
  [3n, 11n, 10177n, 859267n, 52437899n],
  [13n, 23n, 2713n, 11953n, 262069n],
)
