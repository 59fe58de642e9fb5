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
} from '../expr.ts'
import type { FunctionBuilder, Local } from '../function.ts'
import type { Callable, ModuleBuilder } from '../module.ts'
import {
  addCarry,
  addWord,
  mapLimbs,
  mulWide,
  paramLocals,
  setAll,
  split,
  subtractWord,
  WORD,
  wordLocals,
  wordOf,
  wordParam,
  ZERO,
} from './limbs.ts'
import { divideThreeByTwo } from './reciprocal.ts'
import { funnelLeft, funnelRight } from './shift.ts'

const ONE = i64(1n)
const HALF = i64(32n)
const LOW_HALF = i64(0xffffffffn)

/** `(a, b) → (quotient, remainder)`: a word by a divisor of one limb, not zero. */
export function writeDivideByLimb(module: ModuleBuilder, reciprocal: Callable): Callable {
  const f = module.function([...WORD, 'i64'], [...WORD, 'i64'])
  const a = wordParam(f, 0)
  const b = f.param(4, 'i64').get
  const q = wordLocals(f)
  const rest = f.local('i64')
  f.if(eqz64(shrU64(b, HALF)), () => {
    f.if(ne64(or64(a[3], a[2]), ZERO), () => {
      divideHalves(f, a[3], b, q[3], rest)
      divideHalves(f, a[2], b, q[2], rest)
    })
    divideHalves(f, a[1], b, q[1], rest)
    divideHalves(f, a[0], b, q[0], rest)
    f.return(...wordOf(q), rest.get)
  })

  const shift = f.let(clz64(b)).get
  const d = f.let(shl64(b, shift)).get
  const u = wordLocals(f)
  f.set(rest, funnelLeft(ZERO, a[3], shift))
  setAll(f, u, shiftedLeft(a, shift))
  const v = f.local('i64')
  f.call(reciprocal, [d, ZERO], [v])
  const digit = f.local('i64')
  const count = f.let(i32(0))
  f.loop((again) => {
    f.set(digit, ZERO)
    f.if(
      and32(eqz64(rest.get), ltU64(u[3].get, d)),
      () => f.set(rest, u[3].get),
      () => divideTwoByOne(f, u[3].get, d, v.get, digit, rest),
    )
    shiftUp(f, u, ZERO)
    shiftUp(f, q, digit.get)
    f.set(count, add32(count.get, i32(1)))
    f.brIf(again, ltU32(count.get, i32(4)))
  })
  f.return(...wordOf(q), shrU64(rest.get, shift))
  return f
}

/** `q`, `rest` = (rest, limb) divided by a divisor below 2^32, in two divisions of the machine. */
function divideHalves(f: FunctionBuilder, limb: I64, b: I64, q: Local<'i64'>, rest: Local<'i64'>): void {
  const mark = f.mark()
  const part = f.let(or64(shl64(rest.get, HALF), shrU64(limb, HALF)))
  f.set(q, divU64(part.get, b))
  f.set(rest, sub64(part.get, mul64(q.get, b)))
  f.set(part, or64(shl64(rest.get, HALF), and64(limb, LOW_HALF)))
  const low = f.let(divU64(part.get, b))
  f.set(rest, sub64(part.get, mul64(low.get, b)))
  f.set(q, or64(shl64(q.get, HALF), low.get))
  f.releaseSince(mark)
}

/** `q`, `rest` = (rest, low) divided by d, whose highest bit is set, with its reciprocal; rest is below d. */
function divideTwoByOne(
  f: FunctionBuilder,
  low: I64,
  d: I64,
  reciprocal: I64,
  q: Local<'i64'>,
  rest: Local<'i64'>,
): void {
  const estimate = mulWide(f, split(f, reciprocal), split(f, rest.get))
  const { sum, carry } = addCarry(f, estimate.low, low)
  f.set(q, add64(add64(add64(estimate.high, rest.get), carry), ONE))
  f.set(rest, sub64(low, mul64(q.get, d)))
  const mask = f.let(sub64(ZERO, extend32(ltU64(sum, rest.get)))).get
  f.set(q, add64(q.get, mask))
  f.set(rest, add64(rest.get, and64(mask, d)))
  f.if(geU64(rest.get, d), () => {
    f.set(q, add64(q.get, ONE))
    f.set(rest, sub64(rest.get, d))
  })
}

/**
 * `(low, high, b) → (quotient, remainder)`: two words by one of two limbs or more; high is below b. Knuth's
 * algorithm D (The Art of Computer Programming 2, 4.3.1) with digits of 64 bits, all shifted as far left as b goes.
 */
export function writeDivideWide(module: ModuleBuilder, reciprocal: Callable): Callable {
  const f = module.function([...WORD, ...WORD, ...WORD], [...WORD, ...WORD])
  const low = paramLocals(f, 0)
  const high = paramLocals(f, 1)
  const d = paramLocals(f, 2)

  const empty = f.let(i32(0))
  f.loop((again) =>
    f.if(eqz64(d[3].get), () => {
      shiftUp(f, d, ZERO)
      shiftUp(f, [...low, ...high], ZERO)
      f.set(empty, add32(empty.get, i32(1)))
      f.br(again)
    }),
  )
  const shift = f.let(clz64(d[3].get)).get
  for (const limbs of [d, [...low, ...high]]) {
    const shifted = shiftedLeft(
      limbs.map(({ get }) => get),
      shift,
    )
    // From the top, as each takes bits of the limb below it.
    setAll(f, limbs.toReversed(), shifted.toReversed())
  }
  const v = f.local('i64')
  f.call(reciprocal, [d[3].get, d[2].get], [v])

  const q = wordLocals(f)
  const digit = f.local('i64')
  const count = f.let(i32(0))
  f.loop((again) => {
    f.set(digit, ZERO)
    f.if(
      and32(eqz64(high[3].get), ltU64(high[2].get, d[3].get)),
      () => shiftUp(f, high, low[3].get),
      () => divideDigit(f, [low[3], ...high], d, v, digit),
    )
    shiftUp(f, low, ZERO)
    shiftUp(f, q, digit.get)
    f.set(count, add32(count.get, i32(1)))
    f.brIf(again, ltU32(count.get, i32(4)))
  })
  setAll(
    f,
    high,
    mapLimbs((i) => funnelRight(high[i + 1]?.get ?? ZERO, high[i].get, shift)),
  )
  f.loop((again) =>
    f.if(empty.get, () => {
      setAll(
        f,
        high,
        mapLimbs((i) => high[i + 1]?.get ?? ZERO),
      )
      f.set(empty, sub32(empty.get, i32(1)))
      f.br(again)
    }),
  )
  f.return(...wordOf(q), ...wordOf(high))
  return f
}

/** Limbs shifted left by 0 to 63 bits. */
function shiftedLeft(limbs: readonly I64[], shift: I64): readonly I64[] {
  return limbs.map((limb, i) => (i > 0 ? funnelLeft(limb, limbs[i - 1], shift) : shl64(limb, shift)))
}

/** Moves limbs up by one place. */
function shiftUp(f: FunctionBuilder, limbs: readonly Local<'i64'>[], lowest: I64): void {
  for (let i = limbs.length - 1; i > 0; i--) f.set(limbs[i], limbs[i - 1].get)
  f.set(limbs[0], lowest)
}

/** One digit: q and the remainder, in u[1] to u[4], of u by the divisor, whose highest bit is set. */
function divideDigit(
  f: FunctionBuilder,
  [u0, u1, u2, u3, u4]: readonly Local<'i64'>[],
  divisor: readonly Local<'i64'>[],
  reciprocal: Local<'i64'>,
  q: Local<'i64'>,
): void {
  const [b0, b1, b2, b3] = divisor.map((limb) => limb.get)
  const carry = f.local('i64')
  f.set(carry, ZERO)
  f.if(
    and32(eq64(u4.get, b3), eq64(u3.get, b2)),
    () => {
      // The digit does not fit: it is the highest there is, or one below.
      f.set(q, i64(-1n))
      const low = addCarry(f, u2.get, b2)
      f.set(u3, low.sum)
      f.set(u4, add64(b3, low.carry))
      f.set(carry, extend32(ltU64(u4.get, low.carry)))
    },
    () => {
      const top = { d1: b3, d0: b2, reciprocal: reciprocal.get }
      divideThreeByTwo(f, [u4.get, u3.get, u2.get], top, q, u4, u3)
    },
  )
  // That took the upper two limbs of the divisor; the lower two remain.
  f.if(ne64(or64(b1, b0), ZERO), () => {
    const digit = split(f, q.get)
    const p0 = mulWide(f, digit, split(f, b0))
    const p1 = mulWide(f, digit, split(f, b1))
    const middle = addCarry(f, p0.high, p1.low)
    const top = f.let(add64(p1.high, middle.carry)).get
    const borrow = subtractWord(f, [u0, u1, u3, u4], [p0.low, middle.sum, top, ZERO])
    f.if(ne64(borrow.get, carry.get), () => {
      f.set(q, sub64(q.get, ONE))
      addWord(f, [u0, u1, u3, u4], [b0, b1, b2, b3])
    })
  })
  f.set(u2, u1.get)
  f.set(u1, u0.get)
}
