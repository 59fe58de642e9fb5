import type { Word } from '../core/lower.ts'
import { type Limbs, mapLimbs, wordLocals, ZERO } from './arithmetic/limbs.ts'
import {
  add64,
  and64,
  clz64,
  type Expr,
  eqz32,
  eqz64,
  extend32,
  gtU64,
  type I32,
  type I64,
  i64,
  load64,
  ltS64,
  ltU64,
  type Operand,
  or32,
  or64,
  select,
  shrU64,
  sub64,
  type TYPE_I64,
  xor64,
} from './expr.ts'
import { inPlace, knownValue } from './folding.ts'
import type { FunctionBuilder } from './function.ts'
import type { Helpers, Operation } from './helpers.ts'

const ONES = i64(-1n)

/** What words write into: the function being built, and the helpers it may call. */
export interface WordContext {
  readonly fn: FunctionBuilder
  readonly helpers: Helpers
}

/** A word whose limbs are constants or locals: any of them may be used any number of times. */
export class LimbWord implements Word {
  readonly #context: WordContext
  #limbs: Limbs | null
  readonly #load: ((limb: number) => I64) | null
  /** Of the word 1 or 0, the condition it came from. */
  #flag: I32 | null = null

  constructor(context: WordContext, limbs: Limbs | null, load: ((limb: number) => I64) | null = null) {
    this.#context = context
    this.#limbs = limbs && kept(context, limbs)
    this.#load = load
  }

  /** A word of memory, whose limbs are loaded where they are first used, which must not be inside a branch. */
  static slot(context: WordContext, address: I32, offset: number): LimbWord {
    return new LimbWord(context, null, (limb) => load64(address, offset + 8 * limb))
  }

  get limbs(): Limbs {
    const load = this.#load
    if (!this.#limbs && load) this.#limbs = kept(this.#context, mapLimbs(load))
    return this.#limbs!
  }

  /** The value where all of it is known. */
  get known(): bigint | null {
    return this.#limbs && knownValue(this.#limbs)
  }

  /** Adds the locals that it is in. */
  collectLocals(live: Set<number>): void {
    for (const { index } of this.#limbs ?? []) live.add(index)
    if (this.#flag) live.add(this.#flag.index)
  }

  static constant(context: WordContext, value: bigint): LimbWord {
    return new LimbWord(
      context,
      mapLimbs((i) => i64(value >> BigInt(64 * i))),
    )
  }

  /** A word of one limb. */
  static small(context: WordContext, low: I64): LimbWord {
    return new LimbWord(context, [low, ZERO, ZERO, ZERO])
  }

  static bool(context: WordContext, condition: I32): LimbWord {
    const flag = context.fn.keep(condition)
    const word = LimbWord.small(context, extend32(flag))
    word.#flag = flag
    return word
  }

  add(other: Word): Word {
    return this.#carryUp(other, true)
  }

  sub(other: Word): Word {
    return this.#carryUp(other, false)
  }

  /** A sum or a difference, from the lowest limb up. */
  #carryUp(other: Word, isSum: boolean): Word {
    const { fn } = this.#context
    const operation = isSum ? add64 : sub64
    const b = limbsOf(other)
    let carry: I64 = ZERO
    const limbs = this.limbs.map((limb, i) => {
      const last = carry
      if (isSum && isZero(limb) && isZero(b[i])) {
        carry = ZERO
        return last
      }
      const part = fn.keep(operation(limb, b[i]))
      const total = fn.keep(operation(part, last))
      // A sum that wraps is below what was added, a difference that does was of less than what was taken away.
      const [x, y, z] = isSum ? [part, limb, total] : [limb, b[i], part]
      if (i < 3) carry = fn.keep(extend32(or32(ltU64(x, y), last === ZERO ? 0 : ltU64(z, last))))
      return total
    })
    return this.#word(limbs)
  }

  and(other: Word): Word {
    return this.#zip(other, and64)
  }

  or(other: Word): Word {
    return this.#zip(other, or64)
  }

  xor(other: Word): Word {
    return this.#zip(other, xor64)
  }

  not(): Word {
    return this.#word(this.limbs.map((limb) => xor64(limb, ONES)))
  }

  isZero(): Word {
    return LimbWord.bool(this.#context, this.zeroFlag())
  }

  /** 1 where the word is zero. */
  zeroFlag(): I32 {
    if (this.#flag) return eqz32(this.#flag)
    const [a, b, c, d] = this.limbs
    return eqz64(or64(or64(a, b), or64(c, d)))
  }

  eq(other: Word): Word {
    return (this.xor(other) as LimbWord).isZero()
  }

  lt(other: Word): Word {
    return LimbWord.bool(this.#context, this.#less(limbsOf(other), ltU64))
  }

  gt(other: Word): Word {
    return other.lt(this)
  }

  slt(other: Word): Word {
    return LimbWord.bool(this.#context, this.#less(limbsOf(other), ltS64))
  }

  sgt(other: Word): Word {
    return other.slt(this)
  }

  /** Compares from the lowest limb up: each decides unless it is equal. `top` compares the highest. */
  #less(b: Limbs, top: (a: I64, b: I64) => I32): I32 {
    const a = this.limbs
    let less: I32 = ltU64(a[0], b[0])
    for (let i = 1; i < 4; i++) {
      const compare = i === 3 ? top : ltU64
      less = select(eqz64(xor64(a[i], b[i])), less, compare(a[i], b[i]))
    }
    return less
  }

  mul(other: Word): Word {
    return this.#call('mul', other)
  }

  div(other: Word): Word {
    return this.#call('div', other)
  }

  mod(other: Word): Word {
    return this.#call('mod', other)
  }

  sdiv(other: Word): Word {
    return this.#call('sdiv', other)
  }

  smod(other: Word): Word {
    return this.#call('smod', other)
  }

  addmod(other: Word, modulus: Word): Word {
    return this.#call('addmod', other, modulus)
  }

  mulmod(other: Word, modulus: Word): Word {
    return this.#call('mulmod', other, modulus)
  }

  exp(exponent: Word): Word {
    return this.#call('exp', exponent)
  }

  signExtend(value: Word): Word {
    return this.#call('signextend', value)
  }

  byteOf(value: Word): Word {
    return this.#call('byte', value)
  }

  shl(shift: Word): Word {
    return (shift as LimbWord).#call('shl', this)
  }

  shr(shift: Word): Word {
    return (shift as LimbWord).#call('shr', this)
  }

  sar(shift: Word): Word {
    return (shift as LimbWord).#call('sar', this)
  }

  clz(): Word {
    return LimbWord.small(this.#context, this.#leadingZeros())
  }

  byteLength(): Word {
    const bits = sub64(263n, this.#leadingZeros())
    return LimbWord.small(this.#context, shrU64(bits, 3n))
  }

  #leadingZeros(): I64 {
    const [a, b, c, d] = this.limbs
    const below = (limb: I64, skipped: bigint, rest: I64): I64 =>
      select(eqz64(limb), rest, add64(clz64(limb), skipped))
    return below(d, 0n, below(c, 64n, below(b, 128n, add64(clz64(a), 192n))))
  }

  #call(helper: Operation, ...others: readonly Word[]): Word {
    const { fn, helpers } = this.#context
    const operands = [this, ...others] as const
    const [a, b] = operands.map(limbsOf)
    const limbs = inPlace(helper, (value) => fn.keep(value), a, b)
    if (limbs) return this.#word(limbs)
    const results = wordLocals(fn)
    const args: Expr[] = operands.flatMap(limbsOf)
    fn.call(helpers[helper], args, results)
    return this.#word(results)
  }

  #zip(other: Word, operation: (a: I64, b: I64) => I64): Word {
    const b = limbsOf(other)
    return this.#word(this.limbs.map((limb, i) => operation(limb, b[i])))
  }

  #word(limbs: readonly I64[]): LimbWord {
    return new LimbWord(this.#context, limbs as unknown as Limbs)
  }
}

const isZero = ({ constant }: I64): boolean => constant === 0n

function kept({ fn }: WordContext, limbs: Limbs): Limbs {
  return mapLimbs((i) => fn.keep(limbs[i]))
}

/** Whether a word is above a limit of one limb. */
export function exceeds([low, b, c, d]: Limbs, limit: Operand<TYPE_I64>): I32 {
  return or32(gtU64(or64(b, or64(c, d)), ZERO), gtU64(low, limit))
}

/** Limbs of a word that this module made; there is no other implementation. */
export function limbsOf(word: Word): Limbs {
  return (word as LimbWord).limbs
}
