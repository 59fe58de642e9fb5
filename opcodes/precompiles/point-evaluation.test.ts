import { createHash } from 'node:crypto'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesToHex, hexToBytes } from '../../src/core/hex.ts'
import { bigintToBytes } from '../../src/core/word.ts'
import { defaultCrypto } from '../../src/runtime/crypto.ts'
import { POINT_EVALUATION } from './point-evaluation.ts'

const G1 = bls12_381.G1.Point
const MODULUS = G1.Fn.ORDER
/** τ·G1 of the mainnet ceremony (`g1_monomial[1]`), the partner of the one constant the verifier holds. */
const TAU_G1 = G1.fromHex(
  'ad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81',
)
const INFINITY = hexToBytes('c0'.padEnd(96, '0'), 'infinity')
const ANSWER =
  '0x0000000000000000000000000000000000000000000000000000000000001000' +
  '73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001'

interface Opening {
  readonly commitment: Uint8Array
  readonly z: bigint
  readonly y: bigint
  readonly proof: Uint8Array
}

/** An opening at z of the polynomial slope·X + constant: the quotient is the slope alone. */
function open(slope: bigint, constant: bigint, z: bigint): Opening {
  const scale = (point: typeof TAU_G1, by: bigint) => point.multiplyUnsafe(by % MODULUS)
  return {
    commitment: scale(TAU_G1, slope).add(scale(G1.BASE, constant)).toBytes(),
    z,
    y: (slope * z + constant) % MODULUS,
    proof: scale(G1.BASE, slope).toBytes(),
  }
}

function versionedHash(commitment: Uint8Array): Uint8Array {
  return Uint8Array.of(1, ...createHash('sha256').update(commitment).digest().subarray(1))
}

function encode({ commitment, z, y, proof }: Opening, hash = versionedHash(commitment)): Uint8Array {
  return Uint8Array.of(...hash, ...bigintToBytes(z, 32), ...bigintToBytes(y, 32), ...commitment, ...proof)
}

function run(input: Uint8Array): string | null {
  const output = POINT_EVALUATION.run(input, defaultCrypto)
  return output && bytesToHex(output)
}

const OPENING = open(7n, 11n, 13n)

test('accepts openings of polynomials, and of nothing else', () => {
  const element = fc.oneof(fc.constantFrom(0n, 1n, MODULUS - 1n), fc.bigInt({ min: 0n, max: MODULUS - 1n }))
  fc.assert(
    fc.property(element, element, element, (slope, constant, z) => {
      const opening = open(slope, constant, z)
      expect(run(encode(opening))).toBe(ANSWER)
      expect(run(encode({ ...opening, y: (opening.y + 1n) % MODULUS }))).toBeNull()
      // A constant polynomial has its value everywhere.
      const elsewhere = run(encode({ ...opening, z: (z + 1n) % MODULUS }))
      expect(elsewhere).toBe(slope === 0n ? ANSWER : null)
    }),
    { numRuns: 12 },
  )
})

test('the zero polynomial: commitment and proof at infinity', () => {
  const zero = open(0n, 0n, 5n)
  expect(zero.commitment).toEqual(INFINITY)
  expect(run(encode(zero))).toBe(ANSWER)
  expect(run(encode({ ...zero, y: 1n }))).toBeNull()
  expect(run(encode({ ...OPENING, proof: INFINITY }))).toBeNull()
  expect(run(encode({ ...OPENING, commitment: INFINITY }))).toBeNull()
})

test('checks the versioned hash before all', () => {
  const hash = versionedHash(OPENING.commitment)
  for (const at of [0, 1, 31]) {
    const other = hash.slice()
    other[at] ^= 2
    expect(run(encode(OPENING, other))).toBeNull()
  }
})

test('z and y are below the modulus of the field', () => {
  expect(run(encode(OPENING))).toBe(ANSWER)
  expect(run(encode({ ...OPENING, z: OPENING.z + MODULUS }))).toBeNull()
  expect(run(encode({ ...OPENING, y: OPENING.y + MODULUS }))).toBeNull()
  expect(run(encode({ ...open(0n, 0n, 0n), z: MODULUS }))).toBeNull()
})

test('commitment and proof are points of the subgroup in their one encoding', () => {
  const bad: Record<string, string> = {
    // (0, 2) is on the curve, of order 3.
    'outside the subgroup': '80'.padEnd(96, '0'),
    'off the curve': `80${'0'.repeat(92)}01`,
    'x not reduced':
      '9a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab',
    'infinity with a coordinate': `c0${'0'.repeat(92)}01`,
    'infinity with a sign': 'e0'.padEnd(96, '0'),
    'not compressed': '40'.padEnd(96, '0'),
    zeros: '0'.repeat(96),
  }
  for (const [name, hex] of Object.entries(bad)) {
    const bytes = hexToBytes(hex, name)
    const zero = open(0n, 0n, 0n)
    expect(run(encode({ ...zero, proof: bytes })), name).toBeNull()
    expect(run(encode({ ...zero, commitment: bytes })), name).toBeNull()
  }
})

test('takes exactly 192 bytes, for 50,000 gas whatever the input', () => {
  const input = encode(OPENING)
  for (const bytes of [new Uint8Array(0), input.subarray(0, 191), Uint8Array.of(...input, 0)]) {
    expect(run(bytes)).toBeNull()
    expect(POINT_EVALUATION.gas(bytes)).toBe(50000)
  }
})
