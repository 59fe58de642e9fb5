import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bytesToBigint } from '../core/word.ts'
import { TAU_G2 } from './kzg-setup.ts'
import type { CurvePoint, PairingLines } from './pairing-curve.ts'
import { isMillerProductOne } from './pairing-curve.ts'

/**
 * Verification of KZG openings (EIP-4844 `verify_kzg_proof`).
 *
 * The libraries for this start from the whole trusted setup: they decode 4,096 points and build tables, seconds of
 * work, to serve commitments and proofs of blobs. The point-evaluation precompile only verifies, and that reads a
 * single point of the setup beside the generators: τ·G2. So it is one constant and one check of two pairings.
 */

const G1 = bls12_381.G1.Point

/** Both points of G2 never change, so their lines are computed on first use and kept. */
let lines: { readonly generator: PairingLines; readonly tau: PairingLines } | undefined

/** See `Crypto.kzgVerify`. */
export function kzgVerify(commitment: Uint8Array, z: Uint8Array, y: Uint8Array, proof: Uint8Array): boolean {
  const point = bytesToBigint(z)
  const value = bytesToBigint(y)
  if (!G1.Fn.isValid(point) || !G1.Fn.isValid(value)) return false
  const c = decodeG1(commitment)
  const w = c && decodeG1(proof)
  if (!c || !w) return false

  // p(τ) − y = q(τ)·(τ − z), in the exponent: e(C − y·G1 + z·W, −G2) · e(W, τ·G2) = 1.
  const left = w.mulAddUnsafe(point, G1.BASE.negate(), value).add(c)
  lines ??= fixedLines()
  return isMillerProductOne(bls12_381, [
    [left.negate(), lines.generator],
    [w, lines.tau],
  ])
}

/** A compressed point of the subgroup, infinity included; null when the 48 bytes are not one in canonical form. */
function decodeG1(bytes: Uint8Array): CurvePoint<bigint> | null {
  try {
    return G1.fromBytes(bytes)
  } catch {
    return null
  }
}

function fixedLines(): NonNullable<typeof lines> {
  const { calcPairingPrecomputes } = bls12_381.utils
  const G2 = bls12_381.G2.Point
  return {
    generator: calcPairingPrecomputes(G2.BASE),
    tau: calcPairingPrecomputes(G2.fromHex(TAU_G2)),
  }
}
