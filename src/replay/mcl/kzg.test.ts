import { bls12_381 } from '@noble/curves/bls12-381.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BLS, found, mcl } from '../../../scripts/lib/curve-points.ts'
import { hexToBytes } from '../../core/hex.ts'
import { bigintToBytes, MAX_WORD } from '../../core/word.ts'

describe('kzgVerify', () => {
  const { Point: G1 } = bls12_381.G1
  const { ORDER: n } = G1.Fn
  const bytes = (value: bigint) => bigintToBytes(value, 32)
  const compressed = (k: bigint) => (k % n === 0n ? G1.ZERO : G1.BASE.multiply(k % n)).toBytes(true)
  const infinity = hexToBytes(`c0${'00'.repeat(47)}`, 'infinity')

  /** Of the polynomial of degree one with these coefficients: c = a·τ·G1 + b·G1, with τ·G1 of the ceremony. */
  const tau = G1.fromHex(
    'ad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81',
  )
  const commitment = (a: bigint, b: bigint) =>
    tau
      .multiply(a)
      .add(b === 0n ? G1.ZERO : G1.BASE.multiply(b))
      .toBytes(true)

  test('holds for openings of lines and constants, and for nothing else', () => {
    const scalar = fc.bigInt({ min: 1n, max: n - 1n })
    fc.assert(
      fc.property(scalar, scalar, fc.oneof(scalar, fc.constantFrom(0n, n - 1n)), (a, b, z) => {
        const y = (a * z + b) % n
        const [c, w] = [commitment(a, b), compressed(a)]
        expect(found('kzgVerify', c, bytes(z), bytes(y), w)).toBe(true)
        expect(found('kzgVerify', c, bytes(z), bytes((y + 1n) % n), w)).toBe(false)
        expect(mcl.kzgVerify(w, bytes(z), bytes(y), c)).toBe(false)
        expect(mcl.kzgVerify(compressed(b), bytes(z), bytes(b), infinity)).toBe(true)
      }),
      { numRuns: 12 },
    )
    expect(found('kzgVerify', infinity, bytes(5n), bytes(0n), infinity)).toBe(true)
    expect(found('kzgVerify', infinity, bytes(5n), bytes(1n), infinity)).toBe(false)
  })

  test('is false where z or y is not below the order', () => {
    const c = compressed(7n)
    for (const value of [n - 1n, n, n + 1n, 7n + n, MAX_WORD]) {
      found('kzgVerify', c, bytes(value), bytes(7n), infinity)
      found('kzgVerify', c, bytes(7n), bytes(value), infinity)
    }
    expect(found('kzgVerify', c, bytes(n - 1n), bytes(7n), infinity)).toBe(true)
  })

  test('is false where a commitment or proof is no compressed point of the subgroup', () => {
    const valid = compressed(7n)
    const flagged = (from: Uint8Array, top: number) =>
      Uint8Array.of((top << 5) | (from[0] & 0x1f), ...from.slice(1))
    const last = (from: Uint8Array, value: number) => Uint8Array.of(...from.slice(0, -1), value)
    const { ORDER: p } = bls12_381.fields.Fp
    const x = BigInt(`0x${G1.fromBytes(valid).toAffine().x.toString(16)}`)
    const encodings = [
      ...[...Array(8).keys()].flatMap((top) => [
        flagged(valid, top),
        flagged(infinity, top),
        flagged(last(infinity, 1), top),
      ]),
      ...[p, p + x, p - 1n, 0n, 1n, 2n].map((value) => flagged(bigintToBytes(value, 48), 0b100)),
      ...BLS.g1.strays.map((point) => flagged(bigintToBytes(point.x, 48), 0b101)),
      new Uint8Array(48),
      new Uint8Array(48).fill(0xff),
    ]
    let held = 0
    for (const encoding of encodings) {
      if (found('kzgVerify', encoding, bytes(3n), bytes(7n), infinity)) held++
      if (found('kzgVerify', valid, bytes(3n), bytes(7n), encoding)) held++
    }
    // The same point, and the same infinity.
    expect(held).toBe(2)
  })
})
