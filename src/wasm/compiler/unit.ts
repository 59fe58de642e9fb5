import { Halt } from '../../core/halt.ts'
import type { Word } from '../../core/lower.ts'
import { ENDS, hasFlag, JUMPS, type Reach, SUSPENDS, WRITES } from '../../core/row.ts'
import { type Opcode, STACK_LIMIT } from '../../core/table.ts'
import { mapLimbs } from '../arithmetic/limbs.ts'
import * as CELL from '../cells.ts'
import {
  add32,
  add64,
  and32,
  eqz32,
  extend32,
  extendS32,
  gtU32,
  gtU64,
  type I32,
  type I64,
  i32,
  i64,
  load8,
  load16,
  load32,
  load64,
  ltS64,
  or32,
  or64,
  shl32,
  sub32,
  sub64,
  TYPE_I32,
  TYPE_I64,
  wrap64,
} from '../expr.ts'
import { callExpr, type FunctionBuilder, type Hole } from '../function.ts'
import type { Helpers } from '../helpers.ts'
import * as LANDING from '../landing.ts'
import { ENTER, WORD_BYTES } from '../layout.ts'
import type { Callable } from '../module.ts'
import { RowBuilder } from '../row-builder.ts'
import { UNIT } from '../ways-out.ts'
import { exceeds, LimbWord, limbsOf } from '../word.ts'
import { Operands } from './operands.ts'

export type UnitFunction = FunctionBuilder<typeof UNIT.params>

/** What a unit is written from, and what it may call. */
export interface UnitContext {
  readonly bytes: Uint8Array
  readonly sizeBytes: number
  readonly opcodes: readonly Opcode[]
  readonly helpers: Helpers
  isLanding(position: number): boolean
  /** The unit that begins at a position; undefined where there is none, and execution is left to the interpreter. */
  unitAt(position: number): Callable | undefined
  /** The unit for what does not fit into the one before it. */
  continuationAt(position: number): Callable
}

/** A unit ends at the next instruction after so many bytes of WebAssembly, or instructions. */
const MOST_BYTES = 6000
const MOST_INSTRUCTIONS = 400
/** Past this it is not extended by what has a unit of its own. */
const MOST_SHARED = 32

/** Locals are gone through for reuse when so many more are in use. */
const LOCALS_BETWEEN = 40

/** A unit reads them when it wants them. */
const IN_CELLS = {
  memorySize: load32(CELL.memorySize),
  memoryBase: load32(CELL.memoryBase),
  codeBase: load32(CELL.codeBase),
}

/** An immediate, big-endian. */
const WORD = new Uint8Array(WORD_BYTES)
const WORD_VIEW = new DataView(WORD.buffer)

/** Gas and instructions since the last check. */
interface Consumed {
  readonly gas: number
  readonly steps: number
}

const NOTHING: Consumed = { gas: 0, steps: 0 }

/**
 * Writes one unit: the instructions from a position on, across jumps whose destination is known, as one function.
 * Gas and instructions are checked once for as many instructions as nothing else looks at them (a range), the bounds
 * of the stack once for the unit. What a check refuses, and all that ends badly, is left to the interpreter at the
 * instruction concerned, before it has had an effect.
 */
export class UnitWriter extends RowBuilder {
  readonly #unit: UnitContext
  readonly #operands: Operands
  readonly #top: I32
  /** Gas, and instructions left, at the start of the range less what was charged beside. */
  #gas: I64
  #budget: I32
  /** The gas as the instruction found it. */
  #gasBefore: I64
  #consumed = NOTHING
  /** What was consumed before the instruction. */
  #before = NOTHING
  #rangeGas: Hole<TYPE_I64>
  #rangeSteps: Hole<TYPE_I32>
  readonly #lowest: Hole<TYPE_I32>
  readonly #span: Hole<TYPE_I32>
  #position: number
  #opcode!: Opcode
  /** How far the instruction reaches into the stack. */
  #reach!: Reach
  #count = 0
  #isDone = false
  #hasDropped = false
  /** Positions that are part of the unit. */
  readonly #path = new Set<number>()
  /** Bytes of memory that are in use for certain. */
  #knownBytes = 0n
  readonly #fixedLocals: number

  constructor(unit: UnitContext, fn: UnitFunction, position: number) {
    super({ fn, helpers: unit.helpers }, { ...IN_CELLS, codeSize: i32(unit.sizeBytes) })
    this.#unit = unit
    this.#position = position
    const [gas, top, budget] = fn.args
    this.#gas = gas
    this.#gasBefore = this.#gas
    this.#top = top
    this.#budget = budget
    this.#rangeGas = fn.hole(TYPE_I64)
    this.#rangeSteps = fn.hole(TYPE_I32)
    this.#lowest = fn.hole(TYPE_I32)
    this.#span = fn.hole(TYPE_I32)
    this.#operands = new Operands(this.context, this.#top)
    this.#fixedLocals = fn.mark()
  }

  write(): void {
    const height = sub32(this.#top, load32(CELL.stackBase))
    const isOutside = gtU32(sub32(height, this.#lowest.value), this.#span.value)
    this.#check(isOutside)
    while (!this.#isDone) this.#instruction()
    this.#closeRange()
    const { lowest, highest } = this.#operands
    this.#lowest.fill(-lowest * WORD_BYTES)
    this.#span.fill((STACK_LIMIT - highest + lowest) * WORD_BYTES)
    this.fn.unreachable()
  }

  // Ranges.

  /** Leaves at this position where the range is not covered. */
  #check(other: I32): void {
    const gas = sub64(this.#gas, this.#rangeGas.value)
    const budget = extendS32(sub32(this.#budget, this.#rangeSteps.value))
    this.fn.if(or32(ltS64(or64(gas, budget), 0n), other), () =>
      this.#leave(this.#position, NOTHING, Halt.None),
    )
  }

  #closeRange(): void {
    this.#rangeGas.fill(this.#consumed.gas)
    this.#rangeSteps.fill(this.#consumed.steps)
  }

  #openRange(gas: I64, budget: I32): void {
    this.#closeRange()
    this.#gas = this.fn.keep(gas)
    this.#budget = this.fn.keep(budget)
    this.#consumed = NOTHING
    this.#rangeGas = this.fn.hole(TYPE_I64)
    this.#rangeSteps = this.fn.hole(TYPE_I32)
    this.#check(i32(0))
  }

  /** Gas, top of the stack and budget as they are after so much was consumed. */
  #state({ gas, steps }: Consumed, before = this.#gas): [I64, I32, I32] {
    return [
      sub64(before, BigInt(gas)),
      add32(this.#top, this.#operands.height * WORD_BYTES),
      sub32(this.#budget, steps),
    ]
  }

  // Ways out. Each ends the path it is written in.

  #leave(
    position: number,
    consumed: Consumed,
    halt: Halt | typeof ENTER,
    gas = this.#gas,
    operands?: number,
  ): void {
    this.#operands.flush(operands)
    this.fn.tailCall(this.helpers.leave, [...this.#state(consumed, gas), position, halt])
  }

  /** By way of a function that takes the state, and what more it takes. */
  #exit(callee: Callable, ...more: readonly number[]): void {
    this.fn.tailCall(callee, [...this.#state(this.#consumed), ...more])
  }

  /** By way of the host, which executes the current instruction. */
  #exitByHost(operands?: number): void {
    this.#operands.flush(operands)
    this.#exit(this.helpers.callOut, this.#position, this.#opcode.code)
  }

  /** To the interpreter, which begins the current instruction. */
  #giveBack(): void {
    // Of a frame that ends no other operand is ever looked at.
    const { row } = this.#opcode
    const needed = hasFlag(row, ENDS) ? this.#reach.pops : undefined
    this.#leave(this.#position, this.#before, Halt.None, this.#gasBefore, needed)
  }

  #giveBackIf(condition: I32): void {
    this.fn.if(condition, () => this.#giveBack())
  }

  /** On at a known position. */
  #goTo(position: number): void {
    const target = this.#unit.unitAt(position)
    if (!target) {
      this.#leave(position, this.#consumed, Halt.None)
      return
    }
    this.#operands.flush()
    this.#exit(target)
  }

  // Instructions.

  #instruction(): void {
    const { bytes, opcodes } = this.#unit
    const at = this.#position
    this.#releaseLocals()
    const opcode = opcodes[bytes[at]]
    const isInexact = this.#consumed.gas + opcode.gas > Number.MAX_SAFE_INTEGER
    if (this.#count > MOST_INSTRUCTIONS || this.fn.sizeBytes > MOST_BYTES || isInexact) {
      this.#isDone = true
      this.#operands.flush()
      this.#exit(this.#unit.continuationAt(at))
      return
    }
    if (this.#path.has(at) || (this.#count > MOST_SHARED && this.#unit.unitAt(at))) {
      this.#isDone = true
      this.#goTo(at)
      return
    }
    this.#path.add(at)
    this.#opcode = opcode
    this.#begin()
  }

  #begin(): void {
    const { row, gas, size, isDefined } = this.#opcode
    this.#before = this.#consumed
    this.#gasBefore = this.#gas
    this.#reach = this.#opcode.reachAt(this.#unit.bytes, this.#position)
    if (!isDefined) {
      this.#isDone = true
      this.#giveBack()
      return
    }
    this.#count++
    this.#operands.reach(this.#reach.pops, this.#reach.pushes)
    this.#consumed = { gas: this.#consumed.gas + gas, steps: this.#consumed.steps + 1 }
    const next = this.#position + size
    if (!row.lower) {
      this.#callOut(next)
      return
    }
    // Such rows have many ways out, and take their time.
    if (!hasFlag(row, ENDS)) this.#operands.settle(hasFlag(row, SUSPENDS | WRITES))
    if (hasFlag(row, WRITES)) this.#giveBackIf(load32(CELL.isStatic))
    this.#lower(next)
  }

  #lower(next: number): void {
    const { row } = this.#opcode
    const operands: Word[] = []
    if (row.nth) operands.push(this.word(BigInt(row.nth)))
    else if (!row.stack) for (let n = 1; n <= row.pops; n++) operands.push(this.#operands.peek(n))
    this.#hasDropped = false
    const at = this.#position
    const result = row.lower!(this, ...operands)
    if (this.#isDone) return
    this.#drop()
    if (result) this.#operands.push(result as LimbWord)
    if (this.#position === at) this.#position = next
  }

  #drop(): void {
    if (this.#hasDropped) return
    this.#hasDropped = true
    this.#operands.drop(this.#reach.pops)
  }

  /** The host executes the row: it finds everything in memory and leaves it there. */
  #callOut(next: number): void {
    const { fn } = this
    const { row } = this.#opcode
    if (hasFlag(row, ENDS | JUMPS)) {
      this.#isDone = true
      this.#exitByHost(hasFlag(row, ENDS) ? this.#reach.pops : undefined)
      return
    }
    this.#operands.settle(true)
    const args = [...this.#state(this.#consumed), this.#position, this.#opcode.code]
    const halt = fn.let<TYPE_I32>(callExpr(this.helpers.callOut, args))
    fn.if(halt, () => fn.return(halt))
    this.#operands.drop(this.#reach.pops)
    this.#operands.pushStored(this.#reach.pushes)
    this.#position = next
    const [, top, budget] = this.#state(this.#consumed)
    if (hasFlag(row, SUSPENDS)) {
      this.#isDone = true
      const resumed = this.#unit.unitAt(next)
      const args = [load64(CELL.gas), top, budget]
      if (resumed) fn.tailCall(resumed, args)
      else fn.tailCall(this.helpers.leave, [...args, next, Halt.None])
      return
    }
    this.#openRange(load64(CELL.gas), budget)
  }

  #nextRelease = LOCALS_BETWEEN

  #releaseLocals(): void {
    if (this.fn.takenSince(this.#fixedLocals) < this.#nextRelease) return
    const live = new Set([this.#gas.index, this.#budget.index])
    this.#operands.collectLocals(live)
    this.fn.releaseExcept(this.#fixedLocals, live)
    this.#nextRelease = this.fn.takenSince(this.#fixedLocals) + LOCALS_BETWEEN
  }

  // What the rows write with.

  protected takeGas(amount: I64): void {
    if (amount.constant === 0n) return
    this.#gas = this.fn.keep(sub64(this.#gas, amount))
    this.#giveBackIf(ltS64(this.#gas, this.#rangeGas.value))
  }

  protected giveUp(): void {
    // Mostly a message is sent: the host does that as well from here.
    if (hasFlag(this.#opcode.row, SUSPENDS)) this.#exitByHost()
    else this.#giveBack()
  }

  protected enterCallee(): void {
    this.#leave(this.#position, this.#consumed, ENTER)
  }

  protected needMemory(end: I64): void {
    const { fn } = this
    if (end.constant !== null && end.constant <= this.#knownBytes) return
    const gas = fn.let(this.#gas)
    fn.if(gtU64(end, extend32(this.places.memorySize)), () => {
      const done = fn.local(TYPE_I32)
      const charged = this.#rangeGas.value
      fn.call(this.helpers.growMemory, [end, sub64(this.#gas, charged)], [done, gas])
      this.#giveBackIf(eqz32(done))
      fn.set(gas, add64(gas, charged))
    })
    // Memory that is in use stays paid for, whatever becomes of the instruction.
    const isFirst = this.#gasBefore === this.#gas
    const paid = sub64(this.#gas, gas)
    this.#gasBefore = isFirst ? gas : fn.keep(sub64(this.#gasBefore, paid))
    this.#gas = gas
    if (end.constant !== null) this.#knownBytes = end.constant
  }

  immediate(sizeBytes: number): Word {
    const end = this.#position + 1 + sizeBytes
    const count = Math.min(sizeBytes, WORD_BYTES)
    WORD.fill(0).set(this.#unit.bytes.subarray(end - count, end), WORD_BYTES - count)
    const limbs = mapLimbs((i) => i64(WORD_VIEW.getBigUint64(24 - 8 * i)))
    return new LimbWord(this.context, limbs)
  }

  pc(): Word {
    return this.word(BigInt(this.#position))
  }

  gasLeft(): Word {
    return LimbWord.small(this.context, this.fn.let(this.#state(this.#consumed)[0]))
  }

  steps(): Word {
    return this.stepsWith(this.#state(this.#consumed)[2])
  }

  dup(n: number | Word): void {
    // What it reaches for stays.
    this.#hasDropped = true
    this.#operands.dup(knownCount(n))
  }

  swap(n: number | Word): void {
    this.#hasDropped = true
    this.#operands.swap(knownCount(n))
  }

  end(halt: Halt): void {
    this.#isDone = true
    this.#exit(this.helpers.leave, this.#position, halt)
  }

  jump(destination: Word): void {
    const known = (destination as LimbWord).known
    if (known === null) {
      this.#isDone = true
      this.#jumpSomewhere(destination)
      return
    }
    const position = Number(known)
    if (!this.#unit.isLanding(position)) {
      this.#isDone = true
      this.#giveBack()
      return
    }
    this.#drop()
    this.#position = position
  }

  jumpIf(destination: Word, condition: Word): void {
    const { fn } = this
    const isZero = fn.keep((condition as LimbWord).zeroFlag())
    if (isZero.constant !== null) {
      if (isZero.constant === 0n) this.jump(destination)
      return
    }
    const known = (destination as LimbWord).known
    if (known === null) {
      limbsOf(destination)
      fn.if(eqz32(isZero), () => this.#jumpSomewhere(destination))
      return
    }
    const position = Number(known)
    if (!this.#unit.isLanding(position)) {
      this.#giveBackIf(eqz32(isZero))
      return
    }
    this.#drop()
    const next = this.#position + this.#opcode.size
    if (this.#endsSoon(next) && !this.#path.has(position) && this.#unit.unitAt(position)) {
      fn.if(isZero, () => this.#leave(next, this.#consumed, Halt.None))
      this.#position = position
      return
    }
    fn.if(eqz32(isZero), () => this.#goTo(position))
  }

  /** A jump to where only running tells. */
  #jumpSomewhere(destination: Word): void {
    const { fn } = this
    const limbs = limbsOf(destination)
    this.#giveBackIf(exceeds(limbs, BigInt(this.#unit.sizeBytes) - 1n))
    const at = fn.keep(wrap64(limbs[0]))
    const kind = load8(add32(load32(CELL.landings), at))
    this.#giveBackIf(eqz32(and32(kind, LANDING.allowed)))
    // With the jump's own operands, which lie above the new top.
    this.#operands.flush()
    fn.store32(CELL.pc, add32(this.places.codeBase, at))
    const index = load16(add32(load32(CELL.units), shl32(at, 1)))
    const [gas, top, budget] = this.#state(this.#consumed)
    const after = add32(top, -this.#reach.pops * WORD_BYTES)
    fn.tailCallIndirect(index, UNIT, [gas, after, budget])
  }

  /** Whether the instructions there end the frame before they jump or are jumped to. */
  #endsSoon(from: number): boolean {
    const { bytes, opcodes, sizeBytes } = this.#unit
    for (let at = from, i = 0; i < 24 && at < sizeBytes; i++) {
      const { row, size, isDefined } = opcodes[bytes[at]]
      if (!isDefined || hasFlag(row, ENDS)) return true
      if (this.#unit.isLanding(at) || hasFlag(row, JUMPS)) return false
      at += size
    }
    return false
  }
}

/** What is made of an immediate is known while a unit is written. */
function knownCount(n: number | Word): number {
  return typeof n === 'number' ? n : Number((n as LimbWord).known)
}
