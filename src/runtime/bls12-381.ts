import { mulAddUnsafe } from '@noble/curves/abstract/curve.js'
import type { WeierstrassPointCons } from '@noble/curves/abstract/weierstrass.js'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import type { Fp2, Point, Point2 } from '../core/crypto.ts'
import type { CurvePoint } from './pairing-curve.ts'
import { isPairingProductOne, toCurvePoint, toSubgroupPoint } from './pairing-curve.ts'

/** Operations on BLS12-381 as EIP-2537 defines them: additions take any curve point, the rest the subgroup only. */

const G1 = bls12_381.G1.Point
const G2: WeierstrassPointCons<Fp2> = bls12_381.G2.Point
const { Fp, Fp2: Fp2Field } = bls12_381.fields

/** The library's types say (bigint[]) => affine point; for G1 it takes one element, and both return the point class. */
const mapFpToG1 = bls12_381.G1.mapToCurve as unknown as (element: bigint) => CurvePoint<bigint>
const mapFp2ToG2 = bls12_381.G2.mapToCurve as unknown as (element: bigint[]) => CurvePoint<Fp2>

/** See `Crypto.blsG1Add`. */
export function blsG1Add(a: Point, b: Point): Point | null {
  return add(G1, a, b)
}

/** See `Crypto.blsG2Add`. */
export function blsG2Add(a: Point2, b: Point2): Point2 | null {
  return add(G2, a, b)
}

/** See `Crypto.blsG1Msm`. */
export function blsG1Msm(terms: readonly (readonly [Point, bigint])[]): Point | null {
  return multiplySum(G1, terms)
}

/** See `Crypto.blsG2Msm`. */
export function blsG2Msm(terms: readonly (readonly [Point2, bigint])[]): Point2 | null {
  return multiplySum(G2, terms)
}

/** See `Crypto.blsPairing`. */
export function blsPairing(pairs: readonly (readonly [Point, Point2])[]): boolean | null {
  return isPairingProductOne(bls12_381, pairs)
}

/** See `Crypto.blsMapFpToG1`: the simplified SWU map with its isogeny, then the cofactor cleared (RFC 9380). */
export function blsMapFpToG1(element: bigint): Point | null {
  return Fp.isValid(element) ? mapFpToG1(element).toAffine() : null
}

/** See `Crypto.blsMapFp2ToG2`. */
export function blsMapFp2ToG2(element: Fp2): Point2 | null {
  return Fp2Field.isValid(element) ? mapFp2ToG2([element.c0, element.c1]).toAffine() : null
}

type Affine<T> = { readonly x: T; readonly y: T }

function add<T>(group: WeierstrassPointCons<T>, a: Affine<T>, b: Affine<T>): Affine<T> | null {
  const left = toCurvePoint(group, a)
  const right = left && toCurvePoint(group, b)
  return right && left.add(right).toAffine()
}

/**
 * Sum of scalar multiples with one doubling chain for all of them; measured faster than the library's bucket method
 * up to the 128 terms at which the price per term stops falling, and no slower beyond.
 */
function multiplySum<T>(
  group: WeierstrassPointCons<T>,
  terms: readonly (readonly [Affine<T>, bigint])[],
): Affine<T> | null {
  const points: CurvePoint<T>[] = []
  const scalars: bigint[] = []
  for (const [affine, scalar] of terms) {
    const point = toSubgroupPoint(group, affine)
    if (!point) return null
    points.push(point)
    scalars.push(group.Fn.create(scalar))
  }
  return mulAddUnsafe(group, points, scalars).toAffine()
}
