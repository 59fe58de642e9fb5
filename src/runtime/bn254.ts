import { bn254 } from '@noble/curves/bn254.js'
import type { Point, Point2 } from '../core/crypto.ts'
import { isPairingProductOne, toCurvePoint } from './pairing-curve.ts'

/** Operations on bn254, named alt_bn128 in EIP-196 and EIP-197. Every point of its G1 has prime order. */

const G1 = bn254.G1.Point

/** See `Crypto.bn254Add`. */
export function bn254Add(a: Point, b: Point): Point | null {
  const left = toCurvePoint(G1, a)
  const right = left && toCurvePoint(G1, b)
  return right && left.add(right).toAffine()
}

/** See `Crypto.bn254Mul`. The scalar is any unsigned integer; it is reduced modulo the group order. */
export function bn254Mul(a: Point, scalar: bigint): Point | null {
  const point = toCurvePoint(G1, a)
  return !point ? null : point.multiplyUnsafe(G1.Fn.create(scalar)).toAffine()
}

/** See `Crypto.bn254Pairing`. */
export function bn254Pairing(pairs: readonly (readonly [Point, Point2])[]): boolean | null {
  return isPairingProductOne(bn254, pairs)
}
