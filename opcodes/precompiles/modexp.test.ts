import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesToHex, hexToBytes } from '../../src/core/hex.ts'
import type { Precompile } from '../../src/core/precompile.ts'
import { MAX_WORD } from '../../src/core/word.ts'
import { defaultCrypto } from '../../src/runtime/crypto.ts'
import { MODEXP_EIP198, MODEXP_EIP2565, MODEXP_OSAKA } from './modexp.ts'
import { encodeUint, encodeUints } from './output.ts'

const ALL = [MODEXP_EIP198, MODEXP_EIP2565, MODEXP_OSAKA]

/** Three lengths as words, then bytes in hex. */
function input(base: bigint, exponent: bigint, modulus: bigint, operands = ''): Uint8Array {
  return Uint8Array.from([...encodeUints([base, exponent, modulus], 32), ...hexToBytes(operands, 'operands')])
}

function run(precompile: Precompile, bytes: Uint8Array): string | null {
  const output = precompile.run(bytes, defaultCrypto)
  return output && bytesToHex(output)
}

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

const P = (2n ** 256n - 2n ** 32n - 977n).toString(16)
const P_MINUS_1 = (2n ** 256n - 2n ** 32n - 978n).toString(16)
const OUT_OF_GAS = Number.POSITIVE_INFINITY
const ZERO_WORD = '0'.repeat(64)

// [name, input, output, gas by EIP-198, by EIP-2565, by EIP-7883]
const CASES: readonly [string, Uint8Array, string, number, number, number][] = [
  [
    'Fermat (EIP-198)',
    input(1n, 32n, 32n, `03${P_MINUS_1}${P}`),
    `0x${'1'.padStart(64, '0')}`,
    13056,
    1360,
    4080,
  ],
  ['base of no bytes (EIP-198)', input(0n, 32n, 32n, P_MINUS_1 + P), `0x${ZERO_WORD}`, 13056, 1360, 4080],
  [
    'a modulus cut short (EIP-198)',
    input(1n, 2n, 32n, '03ffff80'),
    '0x3b01b01ac41f2d6e917c6d6a221ce793802469026d9ab7578fa2e79e4da6aaab',
    768,
    200,
    500,
  ],
  ['bytes after the modulus', input(1n, 1n, 1n, '030305eeee'), '0x02', 0, 200, 500],
  ['no input', new Uint8Array(0), '0x', 0, 200, 500],
  ['lengths alone', input(1n, 1n, 2n), '0x0000', 0, 200, 500],
  ['a length word cut short', new Uint8Array(40).fill(0xff, 39), '0x', 0, 200, OUT_OF_GAS],
  ['0 to the 0', input(0n, 0n, 1n, '05'), '0x01', 0, 200, 500],
  ['0 to the 0, bytes given', input(1n, 1n, 1n, '000005'), '0x01', 0, 200, 500],
  ['0 to the 0 modulo 1', input(1n, 1n, 1n, '000001'), '0x00', 0, 200, 500],
  ['modulo 0', input(1n, 1n, 2n, '03030000'), '0x0000', 0, 200, 500],
  ['modulo 1', input(1n, 1n, 1n, '030301'), '0x00', 0, 200, 500],
  ['even modulus', input(1n, 1n, 1n, '030510'), '0x03', 0, 200, 500],
  ['power of two modulus', input(2n, 2n, 3n, '0003000b008000'), '0x0033fb', 1, 200, 500],
  ['leading zeros everywhere', input(3n, 3n, 4n, '000003000003' + '00000005'), '0x00000002', 0, 200, 500],
  ['exponent of 33 bytes', input(1n, 33n, 1n, '02' + '01'.padEnd(66, '0') + '0d'), '0x03', 12, 200, 4224],
  [
    'exponent of 33 bytes with an empty head',
    input(1n, 33n, 1n, '02' + ZERO_WORD + 'ff' + '0d'),
    '0x08',
    0,
    200,
    500,
  ],
  ['a long exponent of nothing', input(0n, MAX_WORD, 0n), '0x', 0, 200, OUT_OF_GAS],
]

test.each(CASES)('%s', (_, bytes, output, ...gas) => {
  expect(ALL.map((precompile) => precompile.gas(bytes))).toEqual(gas)
  const affordable = ALL.filter((_, i) => gas[i] < OUT_OF_GAS)
  for (const precompile of affordable) expect(run(precompile, bytes)).toBe(output)
})

test('prices by size: the steps of each formula', () => {
  const gas = (sizeBytes: number) => {
    const bytes = input(BigInt(sizeBytes), 1n, 1n, 'ff'.repeat(sizeBytes) + '80' + '05')
    return ALL.map((precompile) => precompile.gas(bytes))
  }
  // An exponent of 0x80 takes seven iterations.
  expect(gas(32)).toEqual([358, 200, 500])
  expect(gas(33)).toEqual([381, 200, 500])
  expect(gas(64)).toEqual([1433, 200, 896])
  expect(gas(65)).toEqual([1478, 200, 1134])
  expect(gas(1024)).toEqual([125081, 38229, 229376])
  expect(gas(1025)).toEqual([125294, 38829, 232974])
})

test('huge lengths are priced without allocating, most of them past all gas', () => {
  const huge = [MAX_WORD, 1n << 255n, 1n << 64n, 1n << 53n, 1n << 32n]
  for (const length of huge)
    for (const precompile of ALL) {
      expect(precompile.gas(input(length, 1n, 1n))).toBe(Number.POSITIVE_INFINITY)
      expect(precompile.gas(input(1n, 1n, length))).toBe(Number.POSITIVE_INFINITY)
      expect(precompile.gas(input(length, length, length))).toBe(Number.POSITIVE_INFINITY)
    }
  expect(MODEXP_EIP198.gas(input(1n, MAX_WORD, 1n))).toBe(Number.POSITIVE_INFINITY)
  expect(MODEXP_EIP198.gas(input(1n, 1n << 32n, 1n))).toBe(Math.floor((8 * (2 ** 32 - 32)) / 20))
  expect(MODEXP_EIP2565.gas(input(1n, 1n << 32n, 1n))).toBe(Math.floor((8 * (2 ** 32 - 32)) / 3))
})

test('an exponent longer than the input reads as zeros, and is not made', () => {
  // A base that is nilpotent, one of order 2, and none: the tail stops mattering at once.
  const length = 1n << 40n
  expect(run(MODEXP_EIP198, input(1n, length, 1n, '02' + '01'))).toBe('0x00')
  expect(run(MODEXP_EIP2565, input(0n, length, 2n))).toBe('0x0000')
  // 3^(7·256^40) mod a prime, its modulus past the zeros: nothing is left of it, so modulo zero.
  expect(run(MODEXP_EIP2565, input(1n, 41n, 1n, '0307'))).toBe('0x00')
})

test('Osaka refuses operands over 1,024 bytes, one by one (EIP-7823)', () => {
  for (const [base, exponent, modulus] of [
    [1025n, 0n, 0n],
    [0n, 1025n, 0n],
    [0n, 0n, 1025n],
    [0n, MAX_WORD, 0n],
  ]) {
    const bytes = input(base, exponent, modulus)
    expect(run(MODEXP_OSAKA, bytes)).toBeNull()
    expect(run(MODEXP_EIP2565, bytes)).not.toBeNull()
  }
  expect(run(MODEXP_OSAKA, input(1024n, 1024n, 1024n))).toBe(`0x${'00'.repeat(1024)}`)
})

test('computes the power by definition, over every shape of operands', () => {
  const operand = fc.oneof(
    fc.bigInt({ min: 0n, max: 20n }),
    fc.bigInt({ min: 0n, max: (1n << 600n) - 1n }),
    fc.nat(520).map((bits) => 1n << BigInt(bits)),
    fc.nat(520).map((bits) => (1n << BigInt(bits)) - 1n),
  )
  const spare = fc.nat(3)
  fc.assert(
    fc.property(operand, operand, operand, spare, spare, spare, (base, exponent, modulus, ...zeros) => {
      const values = [base, exponent, modulus]
      const sizes = values.map((value, i) => (value.toString(16).length + 1) / 2 + zeros[i]).map(Math.floor)
      const operands = values.map((value, i) => encodeUint(value, sizes[i]))
      const bytes = Uint8Array.from([
        ...encodeUints(sizes.map(BigInt), 32),
        ...operands[0],
        ...operands[1],
        ...operands[2],
      ])
      const expected = bytesToHex(encodeUint(power(base, exponent, modulus), sizes[2]))
      expect(run(MODEXP_OSAKA, bytes)).toBe(expected)
    }),
    { numRuns: 400 },
  )
})
