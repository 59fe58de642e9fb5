import { and32, eqz32, eqz64, i64, ne64, or32, or64, shrU64, TYPE_I64, xor64 } from '../expr.ts'
import type { FunctionBuilder } from '../function.ts'
import type { Callables } from '../module.ts'
import {
  addWord,
  andAll,
  type Limbs,
  lessThan,
  subtractWord,
  type WordLocals,
  wordArgs,
  wordLocals,
  ZERO,
  ZERO_WORD,
} from './limbs.ts'
import { entryOf, isKnown, isOther, MODULUS_DIGITS, remember } from './modulus.ts'
import { carryUp, column, DIGITS, digitsOf, limbAt, reduceByReciprocal } from './reduction.ts'

const ONES = i64(-1n)

/**
 * MULMOD: `(a, b, n) → (a · b)` modulo n, of the whole product; zero if n is zero. A modulus of 2^240 or more that
 * was among the last is reduced by its reciprocal, others by long division.
 */
export function writeMulmod(
  f: FunctionBuilder,
  { mul, mod, divideWide, complete }: Callables<'mul' | 'mod' | 'divideWide' | 'complete'>,
): void {
  const [a, b, n] = wordArgs(f)

  f.if(eqz64(or64(n[3], n[2])), () => reduceFirst(f, { mul, mod }, a, b, n))

  const columns = Array.from({ length: 2 * DIGITS - 1 }, () => f.local(TYPE_I64))
  const mark = f.mark()
  const as = digitsOf(f, a)
  const bs = digitsOf(f, b)
  for (const [k, sum] of columns.entries()) f.set(sum, column(as, bs, k))
  f.releaseSince(mark)

  const isOnes = f.let(eqz64(xor64(andAll(n), ONES)))
  f.if(and32(ne64(shrU64(n[3], 48n), ZERO), eqz32(isOnes)), () => {
    const entry = f.let(entryOf(n))
    f.if(
      isOther(entry, n),
      () => remember(f, entry, n),
      () => {
        f.if(eqz32(isKnown(entry)), () => f.call(complete, [entry]))
        const [r0, r1, r2, r3, over] = reduceByReciprocal(f, columns, entry, MODULUS_DIGITS)
        const r: WordLocals = [r0, r1, r2, r3]
        const isHigh = or32(ne64(over, ZERO), eqz32(lessThan(r, n)))
        f.if(isHigh, () => subtractWord(f, r, n))
        f.return(...r)
      },
    )
  })
  f.releaseSince(mark)

  const top = carryUp(f, columns, ZERO)
  const digits = [...top.digits, f.let(top.carry)]
  const low = wordLocals(f)
  const high = wordLocals(f)
  for (const [i, limb] of [...low, ...high].entries()) f.set(limb, limbAt(digits, i))
  f.if(isOnes, () => foldHalves(f, low, high))
  f.if(eqz32(lessThan(high, n)), () => f.call(mod, [...high, ...n], high))
  f.call(divideWide, [...low, ...high, ...n], [...low, ...high])
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
  f.if(eqz64(xor64(andAll(low), ONES)), () => f.return(...ZERO_WORD))
  f.return(...low)
}
