import {
  add64,
  and32,
  and64,
  ctz64,
  eq64,
  eqz64,
  extend32,
  type I32,
  type I64,
  i32,
  i64,
  ltU64,
  mul64,
  or32,
  or64,
  popcnt64,
  select,
  shl64,
  shrS64,
  shrU64,
  sub64,
  TYPE_I32,
  TYPE_I64,
  xor64,
} from '../expr.ts'
import type { FunctionBuilder, Local } from '../function.ts'

/** A 256-bit word: 64-bit limbs, the lowest first. */
export type Limbs = readonly [I64, I64, I64, I64]

/** The types of a word among the parameters or results of a function. */
export const WORD = [TYPE_I64, TYPE_I64, TYPE_I64, TYPE_I64] as const

/** A word from two words, or from three. */
export const BINARY = { params: [...WORD, ...WORD], results: WORD } as const
export const TERNARY = { params: [...WORD, ...WORD, ...WORD], results: WORD } as const

export const ZERO = i64(0n)
export const ZERO_WORD: Limbs = [ZERO, ZERO, ZERO, ZERO]
export const ONE_WORD: Limbs = [i64(1n), ZERO, ZERO, ZERO]

/** Locals that hold a word. */
export type WordLocals = readonly [Local<TYPE_I64>, Local<TYPE_I64>, Local<TYPE_I64>, Local<TYPE_I64>]

export function wordLocals(f: FunctionBuilder): WordLocals {
  return mapLimbs(() => f.local(TYPE_I64))
}

/** The words that are the parameters, or the first of them. */
export function wordArgs({ args }: FunctionBuilder): readonly WordLocals[] {
  return [0, 4, 8].map((from) => args.slice(from, from + 4) as unknown as WordLocals)
}

/** Sets locals to values, one after the other: a value may use locals that come later. */
export function setAll(f: FunctionBuilder, locals: readonly Local<TYPE_I64>[], values: readonly I64[]): void {
  for (const [i, value] of values.entries()) f.set(locals[i], value)
}

export function mapLimbs<T>(limb: (index: number) => T): readonly [T, T, T, T] {
  return [limb(0), limb(1), limb(2), limb(3)]
}

/** The bits of all limbs together: zero if each is zero. */
export function orAll(...limbs: readonly I64[]): I64 {
  return limbs.reduce(or64)
}

/** The bits that all limbs have: −1 if each is −1. */
export function andAll(limbs: Limbs): I64 {
  return limbs.reduce(and64)
}

/** How many bits are set: one of a power of two, none of zero. */
export function bitCount(word: Limbs): I64 {
  return word.map(popcnt64).reduce(add64)
}

/** Zeros below the lowest bit that is set; 256 of zero. */
export function trailingZeros(word: Limbs): I64 {
  return word.reduceRight<I64>((above, limb) => select(eqz64(limb), add64(above, 64n), ctz64(limb)), ZERO)
}

/** −1 of a negative limb, else 0. */
export function signOf(f: FunctionBuilder, limb: I64): I64 {
  return f.let(shrS64(limb, 63n))
}

/** Whether words are limbs with these signs, extended. */
export function areShort(a: Limbs, signA: I64, b: Limbs, signB: I64): I32 {
  const differs = ([, ...upper]: Limbs, sign: I64) => upper.map((limb) => xor64(limb, sign))
  return eqz64(orAll(...differs(a, signA), ...differs(b, signB)))
}

/** `a + b` in a local, and its carry. */
export function addCarry(f: FunctionBuilder, a: I64, b: I64): { sum: I64; carry: I64 } {
  const addend = f.keep(b)
  const sum = f.let(add64(a, addend))
  return { sum, carry: extend32(ltU64(sum, addend)) }
}

/** `word += addend`, limbs that are cheap; gives the carry. */
export function addWord(
  f: FunctionBuilder,
  word: readonly Local<TYPE_I64>[],
  addend: readonly I64[],
): Local<TYPE_I64> {
  const carry = f.local(TYPE_I64)
  const mark = f.mark()
  const part = f.local(TYPE_I64)
  for (const [i, limb] of word.entries()) {
    f.set(part, add64(limb, addend[i]))
    const wraps = ltU64(part, addend[i])
    f.set(limb, i === 0 ? part : add64(part, carry))
    f.set(carry, extend32(i === 0 ? wraps : or32(wraps, ltU64(limb, carry))))
  }
  f.releaseSince(mark)
  return carry
}

/** `word −= subtrahend`, limbs that are cheap and not of that word; gives the borrow. */
export function subtractWord(
  f: FunctionBuilder,
  word: readonly Local<TYPE_I64>[],
  subtrahend: readonly I64[],
): Local<TYPE_I64> {
  const borrow = f.local(TYPE_I64)
  const mark = f.mark()
  const part = f.local(TYPE_I64)
  const isBorrowed = f.local(TYPE_I32)
  for (const [i, limb] of word.entries()) {
    f.set(part, sub64(limb, subtrahend[i]))
    const wraps = ltU64(limb, subtrahend[i])
    f.set(isBorrowed, i === 0 ? wraps : or32(wraps, ltU64(part, borrow)))
    f.set(limb, i === 0 ? part : sub64(part, borrow))
    f.set(borrow, extend32(isBorrowed))
  }
  f.releaseSince(mark)
  return borrow
}

/** Whether a < b, words of cheap limbs. */
export function lessThan(a: readonly I64[], b: readonly I64[]): I32 {
  return a.reduce((less, limb, i) => {
    const here = ltU64(limb, b[i])
    return i === 0 ? here : or32(here, and32(eq64(limb, b[i]), less))
  }, i32(0))
}

const LOW_HALF = i64(0xffffffffn)

/** The 32-bit halves of a limb, each in a local. */
export interface Halves {
  readonly low: I64
  readonly high: I64
}

export function split(f: FunctionBuilder, limb: I64): Halves {
  const whole = f.keep(limb)
  return { low: f.let(and64(whole, LOW_HALF)), high: f.let(shrU64(whole, 32n)) }
}

/** The 128-bit product of two limbs from four products of halves: WebAssembly has no multiplication that wide. */
export function mulWide(f: FunctionBuilder, a: Halves, b: Halves): Halves {
  const lowest = f.let(mul64(a.low, b.low))
  const middle = f.let(add64(mul64(a.high, b.low), shrU64(lowest, 32n)))
  const other = f.let(add64(mul64(a.low, b.high), and64(middle, LOW_HALF)))
  return {
    low: f.let(or64(shl64(other, 32n), and64(lowest, LOW_HALF))),
    high: f.let(add64(add64(mul64(a.high, b.high), shrU64(middle, 32n)), shrU64(other, 32n))),
  }
}
