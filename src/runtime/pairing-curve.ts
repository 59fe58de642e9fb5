import type { BlsCurvePair } from '@noble/curves/abstract/bls.js'
import type { WeierstrassPoint, WeierstrassPointCons } from '@noble/curves/abstract/weierstrass.js'
import type { Fp2, Point, Point2 } from '../core/crypto.ts'

/** What both pairing-friendly curves of the EVM share: groups G1 and G2, and a pairing of the two. */

/** A point of one of the groups, as the curve library computes with it. */
export type CurvePoint<T> = WeierstrassPoint<T>

/** Lines of the Miller loop through one point of G2; computed once for a fixed point. */
export type PairingLines = ReturnType<BlsCurvePair['utils']['calcPairingPrecomputes']>

/**
 * The curve point with these affine coordinates, both zero being the point at infinity; null when a coordinate is not
 * below the field modulus or the point is off the curve. Whether it lies in the prime-order subgroup is not checked.
 */
export function toCurvePoint<T>(
  group: WeierstrassPointCons<T>,
  point: { readonly x: T; readonly y: T },
): CurvePoint<T> | null {
  const { Fp } = group
  const { x, y } = point
  if (!Fp.isValid(x) || !Fp.isValid(y)) return null
  if (Fp.is0(x) && Fp.is0(y)) return group.ZERO
  // y² = x³ + b; a is zero on every curve used here.
  const right = Fp.add(Fp.mul(Fp.sqr(x), x), group.CURVE().b)
  return Fp.eql(Fp.sqr(y), right) ? group.fromAffine({ x, y }) : null
}

/** As `toCurvePoint`, but null also for a point outside the prime-order subgroup. */
export function toSubgroupPoint<T>(
  group: WeierstrassPointCons<T>,
  point: { readonly x: T; readonly y: T },
): CurvePoint<T> | null {
  const decoded = toCurvePoint(group, point)
  return decoded?.isTorsionFree() ? decoded : null
}

/** Whether the product of the pairings is one; null if any point is invalid, its partner being infinity or not. */
export function isPairingProductOne(
  curve: BlsCurvePair,
  pairs: readonly (readonly [Point, Point2])[],
): boolean | null {
  const terms: [CurvePoint<bigint>, PairingLines][] = []
  for (const [first, second] of pairs) {
    const p = toSubgroupPoint(curve.G1.Point, first)
    const q = p && toSubgroupPoint<Fp2>(curve.G2.Point, second)
    if (!p || !q) return null
    if (!q.is0()) terms.push([p, curve.utils.calcPairingPrecomputes(q)])
  }
  return isMillerProductOne(curve, terms)
}

/** Whether the product of pairings is one, of points in the subgroups and the lines of their partners. */
export function isMillerProductOne(
  curve: BlsCurvePair,
  terms: readonly (readonly [CurvePoint<bigint>, PairingLines])[],
): boolean {
  // Pairing with infinity gives one, for which the Miller loop has no formula.
  const loops = terms
    .filter(([p]) => !p.is0())
    .map(([p, lines]): [PairingLines, bigint, bigint] => {
      const { x, y } = p.toAffine()
      return [lines, x, y]
    })
  if (loops.length === 0) return true
  const { Fp12 } = curve.fields
  return Fp12.eql(Fp12.finalExponentiate(curve.millerLoopBatch(loops)), Fp12.ONE)
}
