import {
  add64,
  and64,
  eqz32,
  geU64,
  type I32,
  type I64,
  i64,
  load32As64,
  load64,
  mul64,
  ne64,
  or32,
  or64,
  shl64,
  shrS64,
  shrU64,
  sub64,
} from '../expr.ts'
import type { FunctionBuilder } from '../function.ts'
import { type Limbs, lessThan, subtractWord, type WordLocals, ZERO } from './limbs.ts'

/**
 * Products of digits of 29 bits: sixteen of them fit a limb with their sum, so a column needs no carry until it is
 * complete. A word has nine digits.
 */
const DIGIT_BITS = 29
const DIGITS = 9
const DIGIT_SHIFT = i64(BigInt(DIGIT_BITS))
const DIGIT_MASK = i64((1n << 29n) - 1n)

/**
 * Products are taken times 2^6, and the modulus with them: so the digits that are reduced are one fewer. Each operand has
 * half of that.
 */
export const SCALE = 6
const OPERAND_SCALE = 3

/** Where of what is kept of a modulus n its factor, floor(2^290 / n), is, and its rows of digits, each an i32. */
export const FACTOR = 32
export const ROWS = 40
export const ROW_BYTES = 4 * DIGITS
/** How many rows come before that of the modulus. */
export const RESIDUES = 8
const SPARE = 368

/** The digits of a word times 2^scale; the highest may be a little longer. */
export function digitsOf(f: FunctionBuilder, word: Limbs, scale: number): readonly I64[] {
  return Array.from({ length: DIGITS }, (_, i) => {
    const from = DIGIT_BITS * i - scale
    const at = from >> 6
    const shift = BigInt(from & 63)
    const low = shrU64(word[at] ?? ZERO, shift)
    const bits = shift > 35n ? or64(low, shl64(word[at + 1] ?? ZERO, 64n - shift)) : low
    return f.let(i < DIGITS - 1 ? and64(bits, DIGIT_MASK) : bits)
  })
}

/** The columns of a · b · 2^SCALE: k is the sum of the products of digits i and k − i. Fewer are taken where a is b. */
export function columnsOf(f: FunctionBuilder, a: Limbs, b: Limbs): readonly I64[] {
  const as = digitsOf(f, a, OPERAND_SCALE)
  const isSquare = a === b
  const bs = isSquare ? as.map((digit) => f.let(add64(digit, digit))) : digitsOf(f, b, OPERAND_SCALE)
  return Array.from({ length: 2 * DIGITS - 1 }, (_, k) => {
    let sum: I64 = ZERO
    for (const [i, digit] of as.entries()) {
      const others = isSquare && 2 * i === k ? as : bs
      if (others[k - i] && !(isSquare && 2 * i > k)) sum = add64(sum, mul64(digit, others[k - i]))
    }
    return f.let(sum)
  })
}

/**
 * The limbs of a number of columns, without its SCALE, and what it is above the last of them; `shift` tells whether they
 * are signed.
 */
export function limbsFrom(f: FunctionBuilder, columns: readonly I64[], shift = shrU64): readonly I64[] {
  const limbs: I64[] = []
  let [sum] = columns
  let k = 1
  for (let from = SCALE; k < columns.length; from += 64) {
    let limb = shift(sum, BigInt(from - DIGIT_BITS * (k - 1)))
    for (; DIGIT_BITS * k < from + 64 && k < columns.length; k++) {
      limb = add64(limb, shl64(columns[k], BigInt(DIGIT_BITS * k - from)))
      sum = f.let(add64(columns[k], shift(sum, DIGIT_SHIFT)))
    }
    limbs.push(f.let(limb))
  }
  return [...limbs, sum]
}

/**
 * Returns x modulo n, of 2^251 or more: x as the columns of x · 2^SCALE. What is known of n lies at an address: FACTOR,
 * then row j with the digits of 2^(29 · (10 + j)) modulo m = n · 2^SCALE, last those of m itself.
 *
 * The digits from 10 on, times their rows, are added to the columns below. That leaves less than 2^290 + 2^265 +
 * 2^32 · m, which is below 2^33.6 · m, and its columns and their parts fit a signed limb. The quotient by m is estimated
 * as Barrett does (Handbook of Applied Cryptography, 14.42), of what is above 2^232: that is below 2^62.1, so that the
 * rounding of FACTOR takes less than 2^−1.9 from the quotient, the last rounding 1, and the others together 2^−10. So it
 * is right or one too low.
 */
export function reduceByRows(f: FunctionBuilder, x: readonly I64[], at: I32, n: Limbs): void {
  let sum = x[8]
  const [c8, c9, ...high] = x.slice(8).map((column, i) => {
    if (i > 0) sum = f.let(add64(column, shrU64(sum, DIGIT_SHIFT)))
    return f.let(and64(sum, DIGIT_MASK))
  })
  high.push(f.let(shrU64(sum, DIGIT_SHIFT)))
  const low = [...x.slice(0, 8), f.let(add64(c8, shl64(c9, DIGIT_SHIFT)))]

  const cell = (row: number, k: number) => load32As64(at, ROWS + ROW_BYTES * row + 4 * k)
  const folded = (k: number, digits = high) => {
    const value = f.let(digits.reduce((all, digit, j) => add64(all, mul64(digit, cell(j, k))), low[k]))
    // Never read: V8 would load all rows before it uses one, and have no registers for them.
    f.store64(at, value, SPARE + 8 * k)
    return value
  }
  const f7 = folded(7)
  const f8 = folded(8)
  const top = f.let(add64(f8, shrU64(f7, DIGIT_SHIFT)))
  const factor = f.let(load64(at, FACTOR))
  const middle = mul64(and64(shrU64(top, 14n), (1n << 20n) - 1n), factor)
  const q = shrU64(add64(mul64(shrU64(top, 34n), factor), shrU64(middle, 20n)), 30n)
  const negative = f.let(sub64(ZERO, q))
  const rest = low.map((_, k) =>
    k < 7
      ? folded(k, [...high, negative])
      : f.let(add64(k < 8 ? f7 : f8, mul64(negative, cell(RESIDUES, k)))),
  )
  const [r0, r1, r2, r3, last] = limbsFrom(f, rest, shrS64)
  const r = [r0, r1, r2, r3] as unknown as WordLocals
  f.if(geU64(last, cell(RESIDUES, 8)), () =>
    f.if(or32(ne64(shrU64(last, 30n), ZERO), eqz32(lessThan(r, n))), () => subtractWord(f, r, n)),
  )
  f.return(...r)
}
