import {
  add32,
  add64,
  and32,
  and64,
  clz64,
  divU64,
  eq64,
  eqz64,
  extend32,
  geU64,
  type I64,
  i32,
  i64,
  ltU32,
  ltU64,
  mul64,
  ne64,
  or64,
  shl64,
  shrU64,
  sub32,
  sub64,
  TYPE_I64,
} from '../expr.ts'
import type { FunctionBuilder, Local } from '../function.ts'
import type { Callables } from '../module.ts'
import {
  addCarry,
  addWord,
  BINARY,
  mapLimbs,
  mulWide,
  setAll,
  split,
  subtractWord,
  TERNARY,
  WORD,
  type WordLocals,
  wordArgs,
  wordLocals,
  ZERO,
} from './limbs.ts'
import { divideThreeByTwo } from './reciprocal.ts'
import { funnelLeft, funnelRight } from './shift.ts'

const ONE = i64(1n)
const HALF = i64(32n)
const LOW_HALF = i64(0xffffffffn)

export const DIVIDE_BY_LIMB = { params: [...WORD, TYPE_I64], results: [...WORD, TYPE_I64] } as const
export const DIVIDE_WIDE = { params: TERNARY.params, results: BINARY.params } as const

/** `(a, b) → (quotient, remainder)`: a word by a divisor of one limb, not zero. */
export function writeDivideByLimb(f: FunctionBuilder, { reciprocal }: Callables<'reciprocal'>): void {
  const [a, [b]] = wordArgs(f)
  const q = wordLocals(f)
  const rest = f.local(TYPE_I64)
  f.if(eqz64(shrU64(b, HALF)), () => {
    f.if(ne64(or64(a[3], a[2]), ZERO), () => {
      divideHalves(f, a[3], b, q[3], rest)
      divideHalves(f, a[2], b, q[2], rest)
    })
    divideHalves(f, a[1], b, q[1], rest)
    divideHalves(f, a[0], b, q[0], rest)
    f.return(...q, rest)
  })

  const shift = f.let(clz64(b))
  const d = f.let(shl64(b, shift))
  const u = wordLocals(f)
  f.set(rest, funnelLeft(ZERO, a[3], shift))
  setAll(f, u, shiftedLeft(a, shift))
  const v = f.local(TYPE_I64)
  f.call(reciprocal, [d, ZERO], [v])
  writeDigits(f, q, u, (digit) =>
    f.if(
      and32(eqz64(rest), ltU64(u[3], d)),
      () => f.set(rest, u[3]),
      () => divideTwoByOne(f, u[3], d, v, digit, rest),
    ),
  )
  f.return(...q, shrU64(rest, shift))
}

/** A loop over the limbs of `from`, the highest first: `divide` sets a digit, zero so far, of the quotient q. */
function writeDigits(
  f: FunctionBuilder,
  q: WordLocals,
  from: WordLocals,
  divide: (digit: Local<TYPE_I64>) => void,
): void {
  const digit = f.local(TYPE_I64)
  const count = f.let(i32(0))
  f.loop((again) => {
    f.set(digit, ZERO)
    divide(digit)
    shiftUp(f, from, ZERO)
    shiftUp(f, q, digit)
    f.set(count, add32(count, 1))
    f.brIf(again, ltU32(count, 4))
  })
}

/** `q`, `rest` = (rest, limb) divided by a divisor below 2^32, in two divisions of the machine. */
function divideHalves(
  f: FunctionBuilder,
  limb: I64,
  b: I64,
  q: Local<TYPE_I64>,
  rest: Local<TYPE_I64>,
): void {
  const mark = f.mark()
  const part = f.let(or64(shl64(rest, HALF), shrU64(limb, HALF)))
  f.set(q, divU64(part, b))
  f.set(rest, sub64(part, mul64(q, b)))
  f.set(part, or64(shl64(rest, HALF), and64(limb, LOW_HALF)))
  const low = f.let(divU64(part, b))
  f.set(rest, sub64(part, mul64(low, b)))
  f.set(q, or64(shl64(q, HALF), low))
  f.releaseSince(mark)
}

/** `q`, `rest` = (rest, low) divided by d, whose highest bit is set, with its reciprocal; rest is below d. */
function divideTwoByOne(
  f: FunctionBuilder,
  low: I64,
  d: I64,
  reciprocal: I64,
  q: Local<TYPE_I64>,
  rest: Local<TYPE_I64>,
): void {
  const estimate = mulWide(f, split(f, reciprocal), split(f, rest))
  const { sum, carry } = addCarry(f, estimate.low, low)
  f.set(q, add64(add64(add64(estimate.high, rest), carry), ONE))
  f.set(rest, sub64(low, mul64(q, d)))
  const mask = f.let(sub64(ZERO, extend32(ltU64(sum, rest))))
  f.set(q, add64(q, mask))
  f.set(rest, add64(rest, and64(mask, d)))
  f.if(geU64(rest, d), () => {
    f.set(q, add64(q, ONE))
    f.set(rest, sub64(rest, d))
  })
}

/**
 * `(low, high, b) → (quotient, remainder)`: two words by one of two limbs or more; high is below b. Knuth's
 * algorithm D (The Art of Computer Programming 2, 4.3.1) with digits of 64 bits, all shifted as far left as b goes.
 */
export function writeDivideWide(f: FunctionBuilder, { reciprocal }: Callables<'reciprocal'>): void {
  const [low, high, d] = wordArgs(f)

  const empty = f.let(i32(0))
  f.loop((again) =>
    f.if(eqz64(d[3]), () => {
      shiftUp(f, d, ZERO)
      shiftUp(f, [...low, ...high], ZERO)
      f.set(empty, add32(empty, 1))
      f.br(again)
    }),
  )
  const shift = f.let(clz64(d[3]))
  for (const limbs of [d, [...low, ...high]]) {
    const shifted = shiftedLeft(limbs, shift)
    // From the top, as each takes bits of the limb below it.
    setAll(f, limbs.toReversed(), shifted.toReversed())
  }
  const v = f.local(TYPE_I64)
  f.call(reciprocal, [d[3], d[2]], [v])

  const q = wordLocals(f)
  writeDigits(f, q, low, (digit) =>
    f.if(
      and32(eqz64(high[3]), ltU64(high[2], d[3])),
      () => shiftUp(f, high, low[3]),
      () => divideDigit(f, [low[3], ...high], d, v, digit),
    ),
  )
  setAll(
    f,
    high,
    mapLimbs((i) => funnelRight(high[i + 1] ?? ZERO, high[i], shift)),
  )
  f.loop((again) =>
    f.if(empty, () => {
      setAll(
        f,
        high,
        mapLimbs((i) => high[i + 1] ?? ZERO),
      )
      f.set(empty, sub32(empty, 1))
      f.br(again)
    }),
  )
  f.return(...q, ...high)
}

/** Limbs shifted left by 0 to 63 bits. */
function shiftedLeft(limbs: readonly I64[], shift: I64): readonly I64[] {
  return limbs.map((limb, i) => (i > 0 ? funnelLeft(limb, limbs[i - 1], shift) : shl64(limb, shift)))
}

/** Moves limbs up by one place. */
function shiftUp(f: FunctionBuilder, limbs: readonly Local<TYPE_I64>[], lowest: I64): void {
  for (let i = limbs.length - 1; i > 0; i--) f.set(limbs[i], limbs[i - 1])
  f.set(limbs[0], lowest)
}

/** One digit: q and the remainder, in u[1] to u[4], of u by the divisor, whose highest bit is set. */
function divideDigit(
  f: FunctionBuilder,
  [u0, u1, u2, u3, u4]: readonly Local<TYPE_I64>[],
  divisor: readonly Local<TYPE_I64>[],
  reciprocal: Local<TYPE_I64>,
  q: Local<TYPE_I64>,
): void {
  const [b0, b1, b2, b3] = divisor
  const carry = f.local(TYPE_I64)
  f.set(carry, ZERO)
  f.if(
    and32(eq64(u4, b3), eq64(u3, b2)),
    () => {
      // The digit does not fit: it is the highest there is, or one below.
      f.set(q, -1n)
      const low = addCarry(f, u2, b2)
      f.set(u3, low.sum)
      f.set(u4, add64(b3, low.carry))
      f.set(carry, extend32(ltU64(u4, low.carry)))
    },
    () => {
      const top = { d1: b3, d0: b2, reciprocal: reciprocal }
      divideThreeByTwo(f, [u4, u3, u2], top, q, u4, u3)
    },
  )
  // That took the upper two limbs of the divisor; the lower two remain.
  f.if(ne64(or64(b1, b0), ZERO), () => {
    const digit = split(f, q)
    const p0 = mulWide(f, digit, split(f, b0))
    const p1 = mulWide(f, digit, split(f, b1))
    const middle = addCarry(f, p0.high, p1.low)
    const top = f.let(add64(p1.high, middle.carry))
    const borrow = subtractWord(f, [u0, u1, u3, u4], [p0.low, middle.sum, top, ZERO])
    f.if(ne64(borrow, carry), () => {
      f.set(q, sub64(q, ONE))
      addWord(f, [u0, u1, u3, u4], [b0, b1, b2, b3])
    })
  })
  f.set(u2, u1)
  f.set(u1, u0)
}
