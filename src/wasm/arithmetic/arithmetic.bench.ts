import { bench, describe } from 'vitest'
import type { Operation } from '../helpers.ts'
import { createTrial, MEANING, OPERAND_SETS, RandomWords, word } from './trial.ts'

/**
 * What 100,000 calls of each helper take: ten times the ms of the best (`min`) are ns a call. Beside it, bigint. Both
 * go through the same operands; loading them and calling take 5 ns of it in WebAssembly.
 */
const CALLS = 100_000
const OPTIONS = { time: 150, iterations: 5, warmupTime: 30, warmupIterations: 1 }

const BN254 = 21888242871839275222246405745257275088696311157297823662689037894645226208583n
const ONES = 2n ** 256n - 1n

const trial = createTrial()
const random = new RandomWords(11n)
const bits = (count: number) => () => random.bits(count)
const below = (n: bigint) => () => random.bits(256) % n
const same = (value: bigint) => () => value
const negative = (count: number) => () => word(-random.bits(count))
const upTo = (limit: number) => () => BigInt(random.below(limit))

type Operand = () => bigint

const CASES: readonly (readonly [Operation, string, ...Operand[]])[] = [
  ['mul', '256 · 256 bits', bits(256), bits(256)],
  ['mul', '60 · 60 bits', bits(60), bits(60)],
  ['mul', 'of a negative limb', negative(40), bits(40)],
  ['div', '256 / 30 bits', bits(256), bits(30)],
  ['div', '128 / 60 bits', bits(128), bits(60)],
  ['div', '256 / 60 bits', bits(256), bits(60)],
  ['div', '256 / 100 bits', bits(256), bits(100)],
  ['div', '256 / 192 bits', bits(256), bits(192)],
  ['div', '256 / 250 bits', bits(256), bits(250)],
  ['div', 'by a power of two', bits(256), () => 1n << BigInt(random.below(256))],
  ['div', '60 / 30 bits', bits(60), bits(30)],
  ['mod', '256 / 100 bits', bits(256), bits(100)],
  ['mod', 'by a power of two', bits(256), () => 1n << BigInt(random.below(256))],
  ['sdiv', 'of limbs', negative(60), bits(20)],
  ['sdiv', '250 / 120 bits', negative(250), bits(120)],
  ['smod', 'of limbs', negative(60), bits(20)],
  ['addmod', 'of residues', below(BN254), below(BN254), same(BN254)],
  ['addmod', 'of any words', bits(256), bits(256), same(BN254)],
  ['mulmod', 'a modulus again and again', below(BN254), below(BN254), same(BN254)],
  ['mulmod', 'ever new moduli of 256 bits', bits(256), bits(256), bits(256)],
  ['mulmod', 'ever new moduli of 160 bits', bits(256), bits(256), bits(160)],
  ['mulmod', 'modulo 2^256 − 1', bits(256), bits(256), same(ONES)],
  ['exp', 'a power of ten', same(10n), upTo(78)],
  ['exp', 'a power of two', same(2n), upTo(256)],
  ['signextend', 'any byte', upTo(32), bits(256)],
  ['byte', 'any byte', upTo(32), bits(256)],
  ['shl', 'any shift', upTo(256), bits(256)],
  ['shr', 'any shift', upTo(256), bits(256)],
  ['sar', 'any shift', upTo(256), bits(256)],
]

for (const [operation, name, ...operands] of CASES) {
  describe(`${operation} ${name}`, () => {
    const sets = Array.from({ length: OPERAND_SETS }, () => operands.map((operand) => operand()))
    bench('WebAssembly', () => trial.loop(operation, CALLS), { ...OPTIONS, setup: () => trial.fill(sets) })

    const compute = MEANING[operation]
    bench(
      'bigint',
      () => {
        let all = 0n
        for (let i = 0; i < CALLS; i++) {
          const [a, b, n] = sets[i & (OPERAND_SETS - 1)]
          all ^= compute(a, b, n)
        }
        if (all < 0n) throw new Error('no word')
      },
      OPTIONS,
    )
  })
}
