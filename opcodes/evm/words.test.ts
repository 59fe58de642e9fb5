/** Arithmetic, comparison and bit rows against oracles of another method: texts of bits, magnitudes. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { playRow } from '../../src/conform/harness.ts'
import { Halt } from '../../src/core/halt.ts'

type Oracle = (...operands: bigint[]) => bigint

const TOP = 1n << 255n
const MAX = (1n << 256n) - 1n
const EDGES = [0n, 1n, 2n, 31n, 256n, 1n << 64n, TOP - 1n, TOP, MAX]

const wrap = (value: bigint) => BigInt.asUintN(256, value)
const signed = (word: bigint) => BigInt.asIntN(256, word)
const magnitude = (value: bigint) => (value < 0n ? -value : value)
const sign = (value: bigint) => (value < 0n ? -1n : 1n)
const flag = (holds: boolean) => (holds ? 1n : 0n)

/** The word as 256 characters, highest bit first, and back. */
const bits = (word: bigint) => word.toString(2).padStart(256, '0')
const word = (text: string) => BigInt('0b' + text)
const bitwise = (rule: (a: string, b: string) => boolean) => (a: bigint, b: bigint) =>
  word([...bits(a)].map((bit, i) => (rule(bit, bits(b)[i]) ? '1' : '0')).join(''))

/** Bits from the highest on, where the row squares from the lowest. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) result = wrap(result * result * (bit === '1' ? base : 1n))
  return result
}

const UNARY: Record<string, Oracle> = {
  ISZERO: (a) => flag(a === 0n),
  NOT: (a) => word([...bits(a)].map((bit) => (bit === '0' ? '1' : '0')).join('')),
  CLZ: (a) => BigInt((bits(a) + '1').indexOf('1')),
}

const BINARY: Record<string, Oracle> = {
  ADD: (a, b) => wrap(a + b),
  MUL: (a, b) => wrap(a * b),
  SUB: (a, b) => wrap(a - b),
  DIV: (a, b) => (b === 0n ? 0n : (a - (a % b)) / b),
  SDIV: (a, b) => {
    const [x, y] = [signed(a), signed(b)]
    return y === 0n ? 0n : wrap(sign(x) * sign(y) * (magnitude(x) / magnitude(y)))
  },
  MOD: (a, b) => (b === 0n ? 0n : a - b * (a / b)),
  SMOD: (a, b) => {
    const [x, y] = [signed(a), signed(b)]
    return y === 0n ? 0n : wrap(sign(x) * (magnitude(x) % magnitude(y)))
  },
  EXP: power,
  SIGNEXTEND: (index, x) => {
    if (index > 30n) return x
    const kept = bits(x).slice(256 - 8 * (Number(index) + 1))
    return word(kept.padStart(256, kept[0]))
  },
  LT: (a, b) => flag(a < b),
  GT: (a, b) => flag(a > b),
  SLT: (a, b) => flag(wrap(a + TOP) < wrap(b + TOP)),
  SGT: (a, b) => flag(wrap(a + TOP) > wrap(b + TOP)),
  EQ: (a, b) => flag(bits(a) === bits(b)),
  AND: bitwise((a, b) => a === '1' && b === '1'),
  OR: bitwise((a, b) => a === '1' || b === '1'),
  XOR: bitwise((a, b) => a !== b),
  BYTE: (index, x) => (index > 31n ? 0n : word(bits(x).slice(8 * Number(index), 8 * Number(index) + 8))),
  SHL: (shift, x) => (shift > 255n ? 0n : word((bits(x) + '0'.repeat(Number(shift))).slice(-256))),
  SHR: (shift, x) =>
    shift > 255n
      ? 0n
      : word(
          bits(x)
            .slice(0, 256 - Number(shift))
            .padStart(256, '0'),
        ),
  SAR: (shift, x) => {
    const kept = shift > 255n ? '' : bits(x).slice(0, 256 - Number(shift))
    return word(kept.padStart(256, bits(x)[0]))
  },
}

const TERNARY: Record<string, Oracle> = {
  ADDMOD: (a, b, n) => (n === 0n ? 0n : ((a % n) + (b % n)) % n),
  MULMOD: (a, b, n) => (n === 0n ? 0n : ((a % n) * (b % n)) % n),
}

const results = (name: string, oracle: Oracle, cases: readonly bigint[][]) => {
  // One comparison for all: that of 729 cases costs more than running them.
  const hex = (operands: readonly bigint[], result: bigint) =>
    `${name}(${operands.map((operand) => operand.toString(16))}) = ${result.toString(16)}`
  const got = cases.map((operands) => hex(operands, playRow(name, operands).stack[0]))
  expect(got).toEqual(cases.map((operands) => hex(operands, oracle(...operands))))
}

const pairs = EDGES.flatMap((a) => EDGES.map((b) => [a, b]))

describe('edge words', () => {
  it.each(Object.entries(UNARY))('%s of each', (name, oracle) =>
    results(
      name,
      oracle,
      [...EDGES, ...bits(0n)].map((_, i) => [i < 9 ? EDGES[i] : 1n << BigInt(i - 9)]),
    ),
  )
  it.each(Object.entries(BINARY))('%s of each with each', (name, oracle) => results(name, oracle, pairs))
  it.each(Object.entries(TERNARY))('%s of each with each modulo each', (name, oracle) =>
    results(
      name,
      oracle,
      pairs.flatMap((pair) => EDGES.map((n) => [...pair, n])),
    ),
  )
})

describe('every index', () => {
  const patterns = [MAX, TOP, TOP - 1n, word('10'.repeat(128)), word('01111111'.repeat(32)), 0x80n]
  it.each(['BYTE', 'SIGNEXTEND', 'SHL', 'SHR', 'SAR'])('%s from 0 to past its end', (name) => {
    const indexes = Array.from({ length: 260 }, (_, i) => BigInt(i))
    results(
      name,
      BINARY[name],
      patterns.flatMap((x) => indexes.map((index) => [index, x])),
    )
  })
})

describe('random words', () => {
  // Small and short ones too, so that both sides of every short path are met.
  const below = (limit: bigint) => fc.bigInt(0n, limit)
  const anyWord = fc.oneof(below(MAX), below(300n), below(1n << 130n), fc.constantFrom(...EDGES))
  it.each(Object.entries({ ...BINARY, ...TERNARY }))('%s', (name, oracle) => {
    const operands = fc.tuple(anyWord, anyWord, anyWord)
    fc.assert(
      fc.property(operands, (all) => {
        const taken = all.slice(0, oracle.length)
        const { halt, stack } = playRow(name, taken)
        return halt === Halt.None && stack.length === 1 && stack[0] === oracle(...taken)
      }),
      { numRuns: 100 },
    )
  })
})

describe('EXP', () => {
  const costs = [
    [0n, 0n],
    [1n, 1n],
    [0xffn, 1n],
    [0x100n, 2n],
    [1n << 64n, 9n],
    [MAX, 32n],
  ]
  it.each(['Frontier', 'EIP150'])('costs 10 a byte of the exponent in %s', (fork) => {
    for (const [exponent, bytes] of costs)
      expect(playRow('EXP', [3n, exponent], { fork }).gasUsed).toBe(10n + 10n * bytes)
  })
  it('costs 50 a byte from EIP-160 on', () => {
    for (const fork of ['EIP158', 'Byzantium', 'Osaka'])
      for (const [exponent, bytes] of costs)
        expect(playRow('EXP', [3n, exponent], { fork }).gasUsed).toBe(10n + 50n * bytes)
  })
  it('halts before it computes what is not paid for', () => {
    expect(playRow('EXP', [3n, MAX], { gas: 10n + 50n * 32n - 1n }).halt).toBe(Halt.OutOfGas)
  })
})
