import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bigintToMinimalBytes } from '../core/word.ts'
import { modPow } from '../runtime/modpow.ts'
import { opensslModPow } from './openssl-modpow.ts'

const WAYS = { bigints: modPow, OpenSSL: opensslModPow }

/** The definition, by squaring from the low end. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  if (modulus === 0n) return 0n
  let result = 1n % modulus
  for (let square = base % modulus, bits = exponent; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

/** Big-endian with so many zeros before it. */
function digits(value: bigint, zeros = 0): Uint8Array {
  return Uint8Array.from([...new Uint8Array(zeros), ...bigintToMinimalBytes(value)])
}

const ofBits = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n })
const operand = fc.oneof(
  fc.bigInt({ min: 0n, max: 20n }),
  ...[64, 127, 256, 600, 1100].map(ofBits),
  fc.nat(1100).map((bits) => 1n << BigInt(bits)),
  fc.nat(1100).map((bits) => (1n << BigInt(bits)) - 1n),
)
/** Odd, even by any power of two, and the powers of two themselves. */
const modulus = fc.oneof(
  operand,
  operand.map((value) => value | 1n),
  fc.tuple(operand, fc.nat(700)).map(([value, twos]) => (value | 1n) << BigInt(twos)),
)

for (const [name, compute] of Object.entries(WAYS))
  describe(`by ${name}`, () => {
    test('the power is that of the definition, over every shape of operands', () => {
      fc.assert(
        fc.property(operand, operand, modulus, fc.nat(3), (base, exponent, m, zeros) => {
          expect(compute(base, digits(exponent, zeros), m)).toBe(power(base, exponent, m))
        }),
        { numRuns: 600 },
      )
    })

    test('so it is where the operands are close to each other', () => {
      for (const m of [1n << 127n, 1n << 128n, (1n << 256n) - 189n, 1n << 512n, (1n << 3072n) - 1n])
        for (const near of [m - 2n, m - 1n, m, m + 1n, m + 2n])
          for (const [base, exponent] of [
            [near, 0x1_0000_0001n],
            [m + 2n, near & ((1n << 600n) - 1n)],
            [3n, m < 1n << 600n ? near : 65537n],
          ])
            expect(compute(base, digits(exponent), m)).toBe(power(base, exponent, m))
    })

    test('the longest of the public tests are right: 384 to 520 bytes, with short and long exponents', () => {
      for (const bits of [3050n, 3071n, 3072n, 3073n, 4160n])
        for (const exponent of [
          0xffff_ffffn,
          (1n << 64n) - 1n,
          (1n << 64n) + 1n,
          (1n << 200n) - 3n,
          (1n << 3072n) - 1n,
        ]) {
          const m = (1n << bits) - 12345n
          const base = (1n << (bits - 1n)) + 7n
          expect(compute(base, digits(exponent), m)).toBe(power(base, exponent, m))
        }
    })

    test('of 8,192 bits, where the exponent is all ones', () => {
      const ones = new Uint8Array(1024).fill(0xff)
      const m = (1n << 8192n) - 2n ** 4000n
      const base = (1n << 8191n) + 12345n
      const result = compute(base, ones, m)
      // base^(2^8192 − 1) · base = base^(2^8192), which is squarings alone.
      expect((result * base) % m).toBe(compute(base, digits(1n << 8192n), m))
    }, 30_000)
  })
