import { and32, eq64, eqz32, eqz64, gtU64, load64, ne64, or64, shrU64, xor64 } from '../expr.ts'
import type { FunctionBuilder } from '../function.ts'
import type { Callables } from '../module.ts'
import {
  addWord,
  andAll,
  type Limbs,
  lessThan,
  orAll,
  type WordLocals,
  wordArgs,
  wordLocals,
  ZERO,
  ZERO_WORD,
} from './limbs.ts'
import { entryOf, MOST_USES, otherness } from './modulus.ts'
import { columnsOf, FACTOR, limbsFrom, reduceByRows } from './reduction.ts'

/** Whether a word is 2^256 − 1. */
const isOnes = (word: Limbs) => eq64(andAll(word), -1n)

/**
 * MULMOD: `(a, b, n) → (a · b)` modulo n, of the whole product; zero if n is zero. By a modulus of 2^251 or more that
 * comes again and again it is reduced with what is kept of that, by others in a long division.
 */
export function writeMulmod(
  f: FunctionBuilder,
  called: Callables<'mul' | 'mod' | 'divideWide' | 'meet'>,
): void {
  const [a, b, n] = wordArgs(f)

  const entry = f.let(entryOf(n))
  const mark = f.mark()
  f.if(eqz64(otherness(entry, n)), () => {
    f.if(gtU64(load64(entry, FACTOR), MOST_USES), () => {
      f.if(eqz64(orAll(...a.map((limb, i) => xor64(limb, b[i])))), () =>
        reduceByRows(f, columnsOf(f, a, a), entry, n),
      )
      f.releaseSince(mark)
      reduceByRows(f, columnsOf(f, a, b), entry, n)
    })
  })
  f.releaseSince(mark)

  f.if(eqz64(or64(n[3], n[2])), () => reduceFirst(f, called, a, b, n))

  const hasOnes = f.let(isOnes(n))
  f.if(and32(ne64(shrU64(n[3], 59n), ZERO), eqz32(hasOnes)), () => f.call(called.meet, [entry, ...n]))

  const limbs = limbsFrom(f, columnsOf(f, a, b))
  const [low, high] = [0, 4].map((from) => limbs.slice(from, from + 4) as unknown as WordLocals)
  f.if(hasOnes, () => foldHalves(f, low, high))
  f.if(eqz32(lessThan(high, n)), () => f.call(called.mod, [...high, ...n], high))
  f.call(called.divideWide, [...low, ...high, ...n], [...low, ...high])
  f.return(...high)
}

/** Where n has two limbs at most, the product of the residues is a word. */
function reduceFirst(
  f: FunctionBuilder,
  { mul, mod }: Callables<'mul' | 'mod'>,
  a: Limbs,
  b: Limbs,
  n: Limbs,
): void {
  const x = wordLocals(f)
  const y = wordLocals(f)
  f.call(mod, [...a, ...n], x)
  f.call(mod, [...b, ...n], y)
  f.call(mul, [...x, ...y], x)
  f.tailCall(mod, [...x, ...n])
}

/** Modulo 2^256 − 1, by which contracts get the high half of a product: 2^256 is 1, so the halves add up. */
function foldHalves(f: FunctionBuilder, low: WordLocals, high: WordLocals): void {
  const carry = addWord(f, low, high)
  addWord(f, low, [carry, ZERO, ZERO, ZERO])
  f.if(isOnes(low), () => f.return(...ZERO_WORD))
  f.return(...low)
}
