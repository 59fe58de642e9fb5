import {
  add32,
  add64,
  and32,
  and64,
  divU64,
  eq64,
  eqz64,
  extend32,
  geU64,
  gtU64,
  type I64,
  i64,
  leU64,
  load64,
  ltU64,
  mul64,
  ne64,
  or32,
  or64,
  shl32,
  shl64,
  shrU64,
  sub64,
  TYPE_I64,
  wrap64,
  xor64,
} from '../expr.ts'
import type { FunctionBuilder, Local } from '../function.ts'
import { RECIPROCALS } from '../layout.ts'
import { addCarry, mulWide, split, ZERO } from './limbs.ts'

/** Reciprocals are kept in memory by hash of the divisor: d1, d0, reciprocal, nothing. */
const ENTRY_BITS = 3n
/** 2^64 divided by the golden ratio. */
const HASH_FACTOR = i64(0x9e3779b97f4a7c15n)

const ONE = i64(1n)
const HALF = i64(32n)
const LOW_HALF = i64(0xffffffffn)

export const RECIPROCAL = { params: [TYPE_I64, TYPE_I64], results: [TYPE_I64] } as const

/**
 * `(d1, d0) → floor((2^192 − 1) / d) − 2^64`, for a two-limb divisor whose highest bit is set: the reciprocal by
 * which `divideThreeByTwo` replaces divisions (Möller and Granlund, Improved division by invariant integers, 2011).
 * The last are kept in RECIPROCALS, which is zeros at first and which nothing else writes.
 */
export function writeReciprocal(f: FunctionBuilder<typeof RECIPROCAL.params>): void {
  const [d1, d0] = f.args
  const hash = wrap64(shrU64(mul64(xor64(d1, d0), HASH_FACTOR), 64n - ENTRY_BITS))
  const entry = f.let(add32(shl32(hash, 5), RECIPROCALS))
  f.if(eqz64(or64(xor64(load64(entry), d1), xor64(load64(entry, 8), d0))), () => f.return(load64(entry, 16)))

  // First of d1 alone: (2^128 − 1) / d1 − 2^64 = (2^128 − 1 − 2^64 · d1) / d1, in two digits of 32 bits.
  const d = split(f, d1)
  const v = f.local(TYPE_I64)
  const rest = f.let(xor64(d1, -1n))
  const digit = f.local(TYPE_I64)
  const left = f.local(TYPE_I64)
  const estimate = () => {
    f.set(digit, divU64(rest, d.high))
    // Two high at most, since the divisor's highest bit is set.
    f.set(left, sub64(rest, mul64(digit, d.high)))
    f.loop((again) => {
      const isOver = gtU64(mul64(digit, d.low), or64(shl64(left, HALF), LOW_HALF))
      f.if(isOver, () => {
        f.set(digit, sub64(digit, ONE))
        f.set(left, add64(left, d.high))
        f.brIf(again, leU64(left, LOW_HALF))
      })
    })
  }
  estimate()
  f.set(v, shl64(digit, HALF))
  f.set(rest, sub64(or64(shl64(rest, HALF), LOW_HALF), mul64(digit, d1)))
  estimate()
  f.set(v, add64(v, digit))
  f.if(ne64(d0, ZERO), () => refine(f, v, d1, d0))
  f.store64(entry, d1)
  f.store64(entry, d0, 8)
  f.store64(entry, v, 16)
  f.return(v)
}

/** Takes the second limb into account: the reciprocal of one limb is up to 3 higher. */
function refine(f: FunctionBuilder, v: Local<TYPE_I64>, d1: I64, d0: I64): void {
  const p = f.let(add64(mul64(d1, v), d0))
  const decrement = () => f.set(v, sub64(v, ONE))
  f.if(ltU64(p, d0), () => {
    decrement()
    f.if(geU64(p, d1), () => {
      decrement()
      f.set(p, sub64(p, d1))
    })
    f.set(p, sub64(p, d1))
  })
  const t = mulWide(f, split(f, v), split(f, d0))
  f.set(p, add64(p, t.high))
  f.if(ltU64(p, t.high), () => {
    decrement()
    f.if(or32(gtU64(p, d1), and32(eq64(p, d1), geU64(t.low, d0))), decrement)
  })
}

/** A two-limb divisor whose highest bit is set, with its reciprocal. */
export interface Divisor {
  readonly d1: I64
  readonly d0: I64
  readonly reciprocal: I64
}

/** Sets `q`, `r1` and `r0` to quotient and remainder of (u2, u1, u0) by the divisor. (u2, u1) must be below it. */
export function divideThreeByTwo(
  f: FunctionBuilder,
  [u2, u1, u0]: readonly [I64, I64, I64],
  { d1, d0, reciprocal }: Divisor,
  q: Local<TYPE_I64>,
  r1: Local<TYPE_I64>,
  r0: Local<TYPE_I64>,
): void {
  const estimate = mulWide(f, split(f, reciprocal), split(f, u2))
  const { sum, carry } = addCarry(f, estimate.low, u1)
  f.set(q, add64(add64(estimate.high, u2), carry))
  const t = mulWide(f, split(f, d0), split(f, q))
  // (u1 − q · d1, u0) − t − d, of which the low two limbs are the remainder or one divisor too low.
  const high = f.let(sub64(sub64(u1, mul64(q, d1)), t.high))
  const middle = f.let(sub64(u0, t.low))
  const low = f.let(sub64(middle, d0))
  const borrows = add64(extend32(ltU64(u0, t.low)), extend32(ltU64(middle, d0)))
  f.set(r1, sub64(sub64(high, d1), borrows))
  f.set(r0, low)
  // Too low half of the time, so without a branch.
  const mask = f.let(sub64(ZERO, extend32(geU64(r1, sum))))
  f.set(q, add64(add64(q, ONE), mask))
  const restored = addCarry(f, r0, and64(d0, mask))
  f.set(r0, restored.sum)
  f.set(r1, add64(add64(r1, and64(d1, mask)), restored.carry))
  f.if(or32(gtU64(r1, d1), and32(eq64(r1, d1), geU64(r0, d0))), () => {
    f.set(q, add64(q, ONE))
    f.set(r1, sub64(sub64(r1, d1), extend32(ltU64(r0, d0))))
    f.set(r0, sub64(r0, d0))
  })
}
