import {
  add64,
  and64,
  type I32,
  type I64,
  i64,
  load32As64,
  mul64,
  or64,
  shl64,
  shrS64,
  shrU64,
  sub64,
  TYPE_I64,
} from '../expr.ts'
import type { FunctionBuilder, Local } from '../function.ts'
import { type Limbs, ZERO } from './limbs.ts'

/**
 * Products of digits of 29 bits: nine of them fit a limb with their sum, so a column needs no carry until it is
 * complete. A word has nine digits.
 */
export const DIGIT_BITS = 29
export const DIGITS = 9
export const RECIPROCAL_DIGITS = 10
const DIGIT_SHIFT = i64(BigInt(DIGIT_BITS))
export const DIGIT_MASK = i64((1n << 29n) - 1n)

/** The digit of limbs that begins at a bit. */
function bitsAt(limbs: readonly I64[], from: number): I64 {
  const at = from >> 6
  const shift = from & 63
  const low = shrU64(limbs[at], BigInt(shift))
  const isSplit = shift > 64 - DIGIT_BITS && at + 1 < limbs.length
  return and64(isSplit ? or64(low, shl64(limbs[at + 1], BigInt(64 - shift))) : low, DIGIT_MASK)
}

export function digitsOf(f: FunctionBuilder, word: Limbs): readonly I64[] {
  return Array.from({ length: DIGITS }, (_, i) => f.let(bitsAt(word, DIGIT_BITS * i)))
}

/** Column `k` of a · b: the sum of a[i] · b[k − i]. */
export function column(a: readonly I64[], b: readonly I64[], k: number): I64 {
  let sum: I64 | null = null
  for (let i = Math.max(0, k - b.length + 1); i <= Math.min(k, a.length - 1); i++) {
    const part = mul64(a[i], b[k - i])
    sum = sum ? add64(sum, part) : part
  }
  return sum!
}

/** The digits of columns, carrying from each to the next, and what the last carries. `carry` comes from below. */
export function carryUp(
  f: FunctionBuilder,
  columns: readonly I64[],
  carry: I64,
  shift: (value: I64, bits: I64) => I64 = shrU64,
): { digits: readonly I64[]; carry: I64 } {
  const sum = f.local(TYPE_I64)
  const digits = columns.map((value, i) => {
    f.set(sum, add64(value, i === 0 ? carry : shift(sum, DIGIT_SHIFT)))
    return f.let(and64(sum, DIGIT_MASK))
  })
  return { digits, carry: shift(sum, DIGIT_SHIFT) }
}

/** Limb `i` of a number of digits. */
export function limbAt(digits: readonly I64[], i: number): I64 {
  const from = 64 * i
  let limb: I64 | null = null
  for (let k = Math.floor(from / DIGIT_BITS); k < digits.length && k * DIGIT_BITS < from + 64; k++) {
    const shift = k * DIGIT_BITS - from
    const part = shift < 0 ? shrU64(digits[k], BigInt(-shift)) : shl64(digits[k], BigInt(shift))
    limb = limb ? or64(limb, part) : part
  }
  return limb!
}

/**
 * x modulo n, or n more than that, as five limbs; x below 2^512 as its 17 columns. The digits of n, then those of
 * floor(2^522 / n), lie at an address, each an i32.
 *
 * The quotient is estimated as Barrett does (Handbook of Applied Cryptography, 14.42), by floor(x / 2^232) ·
 * floor(2^522 / n) / 2^290, of which the columns below the eighth are left out. Where n ≥ 2^240, each of these
 * roundings takes less than 2^−6 from it, so it is right or, rarely, one too low: the remainder is below 2n.
 */
export function reduceByReciprocal(
  f: FunctionBuilder,
  x: readonly I64[],
  at: I32,
  offset: number,
): readonly Local<TYPE_I64>[] {
  const load = (i: number) => f.let(load32As64(at, offset + 4 * i))
  const n = Array.from({ length: DIGITS }, (_, i) => load(i))
  const reciprocal = Array.from({ length: RECIPROCAL_DIGITS }, (_, i) => load(DIGITS + i))
  // What the columns below the seventh carry is left out of floor(x / 2^232): it adds 1 at most.
  const top = carryUp(f, x.slice(8), shrU64(x[7], DIGIT_SHIFT))
  const t = [...top.digits, f.let(top.carry)]
  const low = carryUp(f, [column(t, reciprocal, 8), column(t, reciprocal, 9)], ZERO)
  const estimate = Array.from({ length: DIGITS }, (_, i) => column(t, reciprocal, 10 + i))
  const q = carryUp(f, estimate, low.carry).digits
  // Of x − q · n, which fits nine digits, the columns above cancel out; those below may be negative.
  const rest = Array.from({ length: DIGITS }, (_, k) => sub64(x[k], column(q, n, k)))
  const r = carryUp(f, rest, ZERO, shrS64).digits
  return Array.from({ length: 5 }, (_, i) => f.let(limbAt(r, i)))
}
