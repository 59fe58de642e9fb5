import { describe, expect, it } from 'vitest'
import type { Operation } from '../helpers.ts'
import { createTrial, MEANING, RandomWords, word } from './trial.ts'

const trial = createTrial()
const BINARY: readonly Operation[] = ['mul', 'div', 'mod', 'sdiv', 'smod', 'exp']
/** First an index or a shift. */
const INDEXED: readonly Operation[] = ['signextend', 'byte', 'shl', 'shr', 'sar']
const TERNARY: readonly Operation[] = ['addmod', 'mulmod']

const BN254 = 21888242871839275222246405745257275088696311157297823662689037894645226208583n
const STARK = 2n ** 251n + 17n * 2n ** 192n + 1n
const SECP256K1 = 2n ** 256n - 2n ** 32n - 977n
const EDGES = [
  ...[0n, 1n, 2n, 3n, 10n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n],
  ...[2n ** 127n, 2n ** 128n - 1n, 2n ** 128n, 2n ** 192n - 1n, 2n ** 192n, 2n ** 240n, BN254],
  ...[2n ** 255n - 1n, 2n ** 255n, 2n ** 255n + 1n, SECP256K1, 2n ** 256n - 2n ** 63n],
  ...[2n ** 256n - 2n ** 63n - 1n, 2n ** 256n - 2n, 2n ** 256n - 1n],
]
const INDEXES = [
  0n,
  1n,
  7n,
  8n,
  15n,
  16n,
  23n,
  30n,
  31n,
  32n,
  33n,
  63n,
  64n,
  65n,
  127n,
  128n,
  191n,
  192n,
  255n,
]
const PAST = [256n, 257n, 2n ** 64n, 2n ** 128n + 1n, 2n ** 192n, 2n ** 256n - 1n]

/** Compares by hand: `expect` a million times is slow. */
function check(operation: Operation, ...operands: readonly [bigint, bigint, bigint?]): void {
  const [a, b, n = 0n] = operands
  const result = trial.run(operation, ...(operands as readonly bigint[]))
  const wanted = MEANING[operation](a, b, n)
  if (result !== wanted)
    expect({ operation, operands, result }).toEqual({ operation, operands, result: wanted })
}

describe.each(BINARY)('%s', (operation) => {
  it('agrees on edge words squared', () => {
    for (const a of EDGES) for (const b of EDGES) check(operation, a, b)
  })

  it('agrees on words of random length', () => {
    const random = new RandomWords(1n)
    const count = operation === 'exp' ? 1000 : 20_000
    for (let i = 0; i < count; i++) check(operation, random.word(), random.word())
    for (let i = 0; i < count; i++) check(operation, random.roughWord(), random.roughWord())
  })

  it('agrees on small operands of both signs', () => {
    const random = new RandomWords(2n)
    const small = () => word(random.bits(random.below(66)) * (random.below(2) === 0 ? 1n : -1n))
    for (let i = 0; i < 5000; i++) check(operation, small(), operation === 'exp' ? random.bits(5) : small())
  })
})

describe.each(INDEXED)('%s', (operation) => {
  it('agrees at every edge of a limb, and past the word', () => {
    const random = new RandomWords(3n)
    for (const index of [...INDEXES, ...PAST]) {
      for (const x of EDGES) check(operation, index, x)
      for (let i = 0; i < 50; i++) check(operation, index, random.roughWord())
    }
  })

  it('agrees for every index', () => {
    const random = new RandomWords(4n)
    for (let index = 0n; index < 300n; index++)
      for (let i = 0; i < 20; i++) check(operation, index, random.word())
  })
})

describe.each(TERNARY)('%s', (operation) => {
  it('agrees on edge words cubed', () => {
    for (const a of EDGES) for (const b of EDGES) for (const n of EDGES) check(operation, a, b, n)
  })

  it('agrees on words of random length', () => {
    const random = new RandomWords(5n)
    for (let i = 0; i < 20_000; i++) check(operation, random.word(), random.word(), random.word())
    for (let i = 0; i < 20_000; i++)
      check(operation, random.roughWord(), random.roughWord(), random.roughWord())
  })
})

describe('division of many digits', () => {
  // a = q · b + r of rough words makes digits of quotients that are estimated too high, and remainders at their ends.
  it('corrects estimates of quotient digits', () => {
    const random = new RandomWords(6n)
    for (let i = 0; i < 100_000; i++) {
      const b = random.roughWord()
      const bits = Math.max(0, 256 - b.toString(2).length)
      const q = BigInt.asUintN(bits, random.roughWord())
      const r = [0n, b - 1n, b >> 1n, random.roughWord() % (b || 1n)][random.below(4)]
      const a = word(q * b + r)
      check('div', a, b)
      check('mod', a, b)
    }
  })

  it('takes the highest digit where the leading limbs are equal', () => {
    const random = new RandomWords(7n)
    for (let i = 0; i < 50_000; i++) {
      const top = random.roughWord() | (1n << 255n)
      const b = (top >> BigInt(64 * (1 + random.below(2)))) | 1n
      const a = word((top & ~((1n << 64n) - 1n)) | random.bits(random.below(65)))
      check('div', a, b)
      check('mod', a, b)
      check('mulmod', a, top - BigInt(random.below(2)), top)
    }
  })
})

describe('mulmod of a modulus that comes again', () => {
  it('gives the same the first time, the second and later', () => {
    const random = new RandomWords(8n)
    for (let i = 0; i < 400; i++) {
      const n = random.below(2) === 0 ? random.bits(180 + random.below(77)) : rough(random)
      for (let k = 0; k < 60; k++) {
        const a = random.below(2) === 0 ? random.roughWord() : random.word()
        check('mulmod', a, [random.roughWord(), n - 1n, word(-1n)][random.below(3)], n)
        check('mulmod', a, a, n)
      }
    }
  })

  it('agrees on edge words squared, where its rows are kept and just below', () => {
    const moduli = [
      STARK,
      BN254,
      SECP256K1,
      2n ** 256n - 2n,
      2n ** 256n - 2n ** 200n,
      2n ** 256n - 2n ** 254n,
    ]
    for (const bits of [248n, 251n, 252n, 253n, 254n, 255n, 256n])
      moduli.push(2n ** bits - 1n, 2n ** (bits - 1n), 2n ** (bits - 1n) + 1n)
    for (const n of moduli) {
      const words = [...EDGES, n - 2n, n - 1n, n, n + 1n, n >> 1n, (n >> 1n) + 1n, 2n * n - 1n, 2n * n].map(
        word,
      )
      for (const a of words)
        for (const b of words) {
          check('mulmod', a, b, n)
          check('addmod', a, b, n)
        }
    }
  })

  it('corrects a remainder that is one modulus too high', () => {
    const random = new RandomWords(9n)
    for (let i = 0; i < 300; i++) {
      const n = 2n ** BigInt(240 + random.below(16)) + random.bits(random.below(240))
      for (let k = 0; k < 60; k++) {
        // Products that end just below and above a multiple of n.
        const a = random.bits(200 + random.below(57))
        const b =
          ((n * random.bits(random.below(a.toString(2).length))) / a + BigInt(random.below(2))) % 2n ** 256n
        check('mulmod', a, b, n)
        check('mulmod', b, b, n)
      }
    }
  })

  it('keeps several moduli apart', () => {
    const random = new RandomWords(10n)
    const moduli = Array.from({ length: 7 }, () => random.bits(256))
    for (let i = 0; i < 5000; i++)
      check('mulmod', random.bits(256), random.bits(256), moduli[random.below(7)])
  })
})

function rough(random: RandomWords): bigint {
  return random.roughWord() | (1n << BigInt(240 + random.below(16)))
}
