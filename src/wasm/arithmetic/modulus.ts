import {
  add32,
  and32,
  and64,
  clz64,
  extend32,
  type I32,
  i64,
  load32,
  load64,
  mul64,
  ne64,
  type Operand,
  shl32,
  shrU32,
  shrU64,
  sub32,
  TYPE_I32,
  wrap64,
  xor64,
} from '../expr.ts'
import type { FunctionBuilder } from '../function.ts'
import { MODULI } from '../layout.ts'
import type { Callables } from '../module.ts'
import { type Limbs, mapLimbs, orAll, wordLocals, ZERO } from './limbs.ts'
import { HASH_FACTOR } from './reciprocal.ts'
import { DIGIT_BITS, DIGIT_MASK, DIGITS, RECIPROCAL_DIGITS } from './reduction.ts'
import { funnelLeft } from './shift.ts'

/**
 * A table of moduli in memory, by hash: one that comes again is worth its reciprocal. An entry has the modulus, a
 * zero as i32, whether the rest is known as i32, then digits of the modulus and of its reciprocal as i32.
 */
const ENTRY_BYTES = 128
const ENTRIES = 4
const IS_KNOWN = 36
export const MODULUS_DIGITS = 40
/** After the table: the limbs of a reciprocal while it is cut into digits. */
const LIMBS = MODULI + ENTRIES * ENTRY_BYTES

const ONES = i64(-1n)

/** Address of the entry where n belongs. */
export function entryOf(n: Limbs): I32 {
  const hash = wrap64(shrU64(mul64(n[0], HASH_FACTOR), 62n))
  return add32(shl32(hash, 7), MODULI)
}

/** Whether the entry is of another modulus. */
export function isOther(entry: I32, n: Limbs): I32 {
  return ne64(orAll(...n.map((limb, i) => xor64(load64(entry, 8 * i), limb))), ZERO)
}

export function isKnown(entry: I32): I32 {
  return load32(entry, IS_KNOWN)
}

/** Begins an entry, of which nothing is known yet. */
export function remember(f: FunctionBuilder, entry: I32, n: Limbs): void {
  f.storeLimbs(entry, n)
  f.store32(entry, 0, IS_KNOWN)
}

export const COMPLETE = { params: [TYPE_I32], results: [] } as const

/** `(entry)`: completes an entry with the digits of n and of floor(2^522 / n), for n ≥ 2^240. */
export function writeComplete(
  f: FunctionBuilder<typeof COMPLETE.params>,
  { divideWide }: Callables<'divideWide'>,
): void {
  const [entry] = f.args
  const n = mapLimbs((i) => f.let(load64(entry, 8 * i)))
  const shift = f.let(clz64(n[3]))
  const d = mapLimbs((i) => f.let(funnelLeft(n[i], n[i - 1] ?? ZERO, shift)))

  // floor((2^576 − 1) / d), limb by limb: the first is 1 and leaves 2^256 − 1 − d; then come four, then one.
  const q = wordLocals(f)
  const r = wordLocals(f)
  const ones = [ONES, ONES, ONES, ONES]
  f.call(divideWide, [...ones, ...d.map((limb) => xor64(limb, ONES)), ...d], [...q, ...r])
  f.store64(0, 1n, LIMBS + 40)
  f.storeLimbs(0, q, LIMBS + 8)
  f.call(divideWide, [...ones, ...r, ...d], [...q, ...r])
  f.store64(0, q[3], LIMBS)

  // d is n · 2^shift, so 54 − shift bits are too many.
  const to = f.let(entry)
  const bit = f.local(TYPE_I32)
  const end = f.local(TYPE_I32)
  const cut = (at: Operand<TYPE_I32>, firstBit: Operand<TYPE_I32>, digits: number) => {
    f.set(bit, firstBit)
    f.set(end, add32(to, 4 * digits))
    f.loop((again) => {
      const bits = load64(add32(at, shrU32(bit, 3)))
      const digit = and64(shrU64(bits, extend32(and32(bit, 7))), DIGIT_MASK)
      f.store32(to, wrap64(digit), MODULUS_DIGITS)
      f.set(bit, add32(bit, DIGIT_BITS))
      f.set(to, add32(to, 4))
      f.brIf(again, sub32(end, to))
    })
  }
  cut(entry, 0, DIGITS)
  cut(LIMBS, sub32(54, wrap64(shift)), RECIPROCAL_DIGITS)
  f.store32(entry, 1, IS_KNOWN)
}
