import { Halt } from '../core/halt.ts'
import type { Word } from '../core/lower.ts'
import { hasFlag, type Reach, type Row, WRITES } from '../core/row.ts'
import { type InstructionSet, type Opcode, STACK_LIMIT } from '../core/table.ts'
import { mapLimbs, ZERO } from './arithmetic/limbs.ts'
import * as CELL from './cells.ts'
import {
  add32,
  and32,
  and64,
  eqz32,
  extend32,
  gtU32,
  gtU64,
  type I32,
  type I64,
  i32,
  load8,
  load8As64,
  load32,
  load64,
  ltU32,
  ltU64,
  mul32,
  ne32,
  type Operand,
  or64,
  shl64,
  sub32,
  sub64,
  TYPE_I32,
  TYPE_I64,
  wrap64,
} from './expr.ts'
import type { FunctionBuilder, Label, Local } from './function.ts'
import { exportHelpers, type Helpers } from './helpers.ts'
import * as LANDING from './landing.ts'
import { ENTER, UNCHECKED, WORD_BYTES } from './layout.ts'
import { type Callable, ModuleBuilder } from './module.ts'
import { RowBuilder } from './row-builder.ts'
import { exceeds, LimbWord, limbsOf, type WordContext } from './word.ts'

/**
 * Operands are addressed from so many words below the top, or as many as the row pops, so that every offset is a positive
 * constant.
 */
const BIAS = 18

/** The variables of the loop. */
interface Registers {
  readonly gas: Local<TYPE_I64>
  readonly sp: Local<TYPE_I32>
  readonly pc: Local<TYPE_I32>
  readonly memorySize: Local<TYPE_I32>
  readonly memoryBase: Local<TYPE_I32>
  readonly stackBase: Local<TYPE_I32>
  readonly codeBase: Local<TYPE_I32>
  readonly codeSize: Local<TYPE_I32>
  readonly landings: Local<TYPE_I32>
  readonly budget: Local<TYPE_I32>
  readonly halt: Local<TYPE_I32>
  readonly byte: Local<TYPE_I32>
}

const VARIABLES = [
  ['sp', CELL.sp],
  ['pc', CELL.pc],
  ['memorySize', CELL.memorySize],
  ['budget', CELL.budget],
] as const
const CONSTANTS = [
  ['memoryBase', CELL.memoryBase],
  ['stackBase', CELL.stackBase],
  ['codeBase', CELL.codeBase],
  ['codeSize', CELL.codeSize],
  ['landings', CELL.landings],
] as const

/**
 * Writes the interpreter of an instruction set: a function `run` that goes on from where the cells say until a row gives another
 * halt than None, a frame is to be opened (ENTER) or the budget is used up (None), and leaves what it has come to in the cells. A row with
 * `lower` becomes code; any other is executed by the host.
 */
export function writeInterpreter(
  set: InstructionSet,
  writeHelpers: (module: ModuleBuilder) => Helpers,
  pages: number,
): Uint8Array {
  const module = new ModuleBuilder()
  // () → halt: the host charges for the `wanted` bytes of memory and makes them present. As `execute`, it flushes and
  // reloads the cells around the call.
  const expand = module.importFunction('expand', { params: [], results: [TYPE_I32] })
  const helpers = writeHelpers(module)
  module.export('run', writeLoop(module, set.opcodes, expand, helpers))
  exportHelpers(module, helpers)
  return module.build(pages)
}

/** Writes the function `run` into a module. */
export function writeLoop(
  module: ModuleBuilder,
  opcodes: readonly Opcode[],
  expand: Callable,
  helpers: Helpers,
): Callable {
  const fn = module.function({ params: [], results: [TYPE_I32] })
  new LoopWriter(fn, opcodes, expand, helpers).write()
  return fn
}

/** Writes the loop: fetch, a branch by byte, a handler an opcode. */
class LoopWriter {
  readonly fn: FunctionBuilder
  readonly registers: Registers
  readonly context: WordContext
  readonly expand: Callable
  readonly #opcodes: readonly Opcode[]
  next!: Label
  exit!: Label

  constructor(fn: FunctionBuilder, opcodes: readonly Opcode[], expand: Callable, helpers: Helpers) {
    this.fn = fn
    this.#opcodes = opcodes
    this.expand = expand
    this.context = { fn, helpers }
    const names = [...[...VARIABLES, ...CONSTANTS].map(([name]) => name), 'halt', 'byte'] as const
    const locals = Object.fromEntries(names.map((name) => [name, fn.local(TYPE_I32)]))
    this.registers = { gas: fn.local(TYPE_I64), ...locals } as unknown as Registers
  }

  write(): void {
    const { fn, registers } = this
    for (const [name, cell] of CONSTANTS) fn.set(registers[name], load32(cell))
    this.reload()
    fn.block((exit) => {
      this.exit = exit
      fn.loop((next) => {
        this.next = next
        fn.set(registers.halt, Halt.None)
        fn.brIf(exit, eqz32(registers.budget))
        fn.set(registers.budget, sub32(registers.budget, 1))
        this.#dispatch()
      })
    })
    this.flush()
    fn.return(registers.halt)
  }

  /** Nested blocks, one a distinct handler: branching out of block i reaches handler i, out of the last what is undefined. */
  #dispatch(): void {
    const { fn, registers } = this
    const handlers: Opcode[] = []
    const targets = this.#opcodes.map((opcode) => {
      if (!opcode.isDefined) return -1
      const known = handlers.findIndex((other) => isSameHandler(opcode, other))
      return known < 0 ? handlers.push(opcode) - 1 : known
    })
    const nest = (depth: number, labels: readonly Label[]): void => {
      if (depth < 0) {
        fn.set(registers.byte, load8(registers.pc))
        // Labels were pushed outermost first: the innermost block is handler 0.
        fn.brTable(
          registers.byte,
          targets.map((i) => labels.at(-1 - i)!),
        )
        return
      }
      fn.block((end) => nest(depth - 1, [...labels, end]))
      if (depth < handlers.length) this.#handler(handlers[depth])
      else this.leave(Halt.InvalidOpcode)
    }
    nest(handlers.length, [])
  }

  #handler(opcode: Opcode): void {
    const { row } = opcode
    const used = this.fn.mark()
    const reach = linearReach(row)
    if (!reach) this.executeByHost(opcode.code | UNCHECKED)
    else {
      this.#check(opcode, reach)
      if (row.lower) new HandlerBuilder(this, opcode).write()
      else this.executeByHost(opcode.code)
    }
    this.fn.releaseSince(used)
  }

  /** Stack bounds and static gas, as constants; then what is refused in a static call. */
  #check({ row, gas, code }: Opcode, { pops, perUnit, growth }: LinearReach): void {
    const { registers } = this
    const height = sub32(registers.sp, registers.stackBase)
    const at = registers.pc
    const units = row.nth ? sub32(registers.byte, code) : perUnit > 0 ? mul32(load8(at, 1), perUnit) : i32(0)
    const needed = mul32(add32(units, pops), WORD_BYTES)
    if (needed.constant !== 0n) this.trapIf(ltU32(height, needed), Halt.StackUnderflow)
    if (growth > 0) this.trapIf(gtU32(height, (STACK_LIMIT - growth) * WORD_BYTES), Halt.StackOverflow)
    if (gas > 0) this.takeGas(BigInt(gas))
    if (hasFlag(row, WRITES)) this.trapIf(load32(CELL.isStatic), Halt.StaticViolation)
  }

  takeGas(amount: Operand<TYPE_I64>): void {
    const { gas } = this.registers
    this.trapIf(ltU64(gas, amount), Halt.OutOfGas)
    this.fn.set(gas, sub64(gas, amount))
  }

  trapIf(condition: I32, halt: Halt): void {
    this.fn.if(condition, () => this.leave(halt))
  }

  leave(halt: Halt | typeof ENTER): void {
    this.fn.set(this.registers.halt, halt)
    this.fn.br(this.exit)
  }

  /** The host runs the row; it finds everything in the cells and leaves it there. */
  executeByHost(code: number): void {
    this.callHost(this.context.helpers.execute, [code])
    this.fn.br(this.next)
  }

  callHost(callee: Callable, args: readonly Operand[]): void {
    const { fn, registers } = this
    this.flush()
    fn.call(callee, args, [registers.halt])
    this.reload()
    fn.brIf(this.exit, registers.halt)
  }

  flush(): void {
    const { fn, registers } = this
    fn.store64(CELL.gas, registers.gas)
    for (const [name, cell] of VARIABLES) fn.store32(cell, registers[name])
  }

  reload(): void {
    const { fn, registers } = this
    fn.set(registers.gas, load64(CELL.gas))
    for (const [name, cell] of VARIABLES) fn.set(registers[name], load32(cell))
  }
}

/** Whether rows differ in their `nth` alone, which their bytes tell. Those that only the host can execute stay apart. */
function isSameHandler({ row, code, gas, minHeight, maxHeight }: Opcode, other: Opcode): boolean {
  const apart = code - other.code
  return (
    row.nth! - other.row.nth! === apart &&
    minHeight - other.minHeight === apart &&
    maxHeight === other.maxHeight &&
    gas === other.gas &&
    row.flags === other.row.flags &&
    row.lower !== undefined &&
    row.lower === other.row.lower
  )
}

/** How far a row reaches: operands, those more for each unit of a one-byte immediate, and results beyond operands. */
interface LinearReach {
  readonly pops: number
  readonly perUnit: number
  readonly growth: number
}

/** Null where the reach is no such thing: then the host finds it out. */
function linearReach({ pops, pushes, stack, immediate }: Row): LinearReach | null {
  if (!stack) return { pops, perUnit: 0, growth: pushes - pops }
  if (immediate !== 1) return null
  const reaches = Array.from({ length: 256 }, (_, value) => stack(value))
  const [first, second] = reaches
  const perUnit = second.pops - first.pops
  const growth = first.pushes - first.pops
  const isLinear = ({ pops, pushes }: Reach, value: number) =>
    pops === first.pops + perUnit * value && pushes - pops === growth
  return perUnit >= 0 && reaches.every(isLinear) ? { pops: first.pops, perUnit, growth } : null
}

/** The builder of one handler. */
class HandlerBuilder extends RowBuilder {
  readonly #loop: LoopWriter
  readonly #registers: Registers
  readonly #opcode: Opcode
  /** Address from which the operands' slots are constant offsets. */
  readonly #base: I32
  readonly #bias: number
  #isPopped = false
  #hasEnded = false

  constructor(loop: LoopWriter, opcode: Opcode) {
    super(loop.context, loop.registers)
    this.#loop = loop
    this.#registers = loop.registers
    this.#opcode = opcode
    this.#bias = Math.max(BIAS, opcode.row.pops)
    this.#base = this.fn.let(sub32(loop.registers.sp, this.#bias * WORD_BYTES))
  }

  write(): void {
    const { row, code } = this.#opcode
    const operands = row.nth
      ? [LimbWord.small(this.context, extend32(sub32(this.#registers.byte, code - row.nth)))]
      : Array.from({ length: row.stack ? 0 : row.pops }, (_, i) =>
          LimbWord.slot(this.context, this.#base, this.#slot(i + 1)),
        )
    const result = row.lower!(this, ...operands)
    if (this.#hasEnded) return
    if (result) this.#store(result, this.#slot(row.pops))
    this.#pop()
    this.#goOn()
  }

  protected takeGas(amount: I64): void {
    this.#loop.takeGas(amount)
  }

  protected giveUp(): void {
    this.#loop.executeByHost(this.#opcode.code)
  }

  protected enterCallee(): void {
    this.#loop.leave(ENTER)
  }

  protected needMemory(end: I64): void {
    const { gas, memorySize, halt } = this.#registers
    const fn = this.fn
    const grow = () => {
      fn.call(this.helpers.growMemory, [end, gas], [halt, gas])
      fn.if(
        halt,
        () => fn.set(memorySize, load32(CELL.memorySize)),
        () => {
          fn.store64(CELL.wanted, end)
          this.#loop.callHost(this.#loop.expand, [])
        },
      )
    }
    fn.if(gtU64(end, extend32(memorySize)), grow)
  }

  /** Read from the code, big-endian: a few bytes one by one, more with what lies before them. */
  immediate(sizeBytes: number): Word {
    const at = this.#registers.pc
    if (sizeBytes > 4) {
      const limbs = this.fn.loadBigEndian(add32(at, sizeBytes + 1 - WORD_BYTES))
      const mask = (1n << BigInt(8 * sizeBytes)) - 1n
      return new LimbWord(
        this.context,
        mapLimbs((i) => (8 * i < sizeBytes ? and64(limbs[i], mask >> BigInt(64 * i)) : ZERO)),
      )
    }
    let value: I64 = ZERO
    for (let i = 1; i <= sizeBytes; i++) value = or64(shl64(value, 8n), load8As64(at, i))
    return LimbWord.small(this.context, value)
  }

  pc(): Word {
    const registers = this.#registers
    return LimbWord.small(this.context, extend32(sub32(registers.pc, registers.codeBase)))
  }

  gasLeft(): Word {
    return LimbWord.small(this.context, this.#registers.gas)
  }

  steps(): Word {
    return this.stepsWith(this.#registers.budget)
  }

  dup(n: number | Word): void {
    const { sp } = this.#registers
    const { address, offset } = this.#operand(n, 0)
    this.fn.copyWord(sp, 0, address, offset)
  }

  swap(n: number | Word): void {
    const top = this.#slot(1)
    const { address, offset } = this.#operand(n, 1)
    const kept = limbsOf(LimbWord.slot(this.context, this.#base, top))
    this.fn.copyWord(this.#base, top, address, offset)
    this.fn.storeLimbs(address, kept, offset)
  }

  /** Where the operand n + `beyond` from the top lies. */
  #operand(n: number | Word, beyond: number): { address: I32; offset: number } {
    if (typeof n === 'number') return { address: this.#base, offset: this.#slot(n + beyond) }
    const bytes = mul32(add32(wrap64(limbsOf(n)[0]), beyond), WORD_BYTES)
    return { address: this.fn.keep(sub32(this.#registers.sp, bytes)), offset: 0 }
  }

  jump(destination: Word): void {
    const low = this.#landing(destination)
    this.#pop()
    this.#goTo(low)
    this.#hasEnded = true
  }

  jumpIf(destination: Word, condition: Word): void {
    const isZero = this.fn.keep((condition as LimbWord).zeroFlag())
    limbsOf(destination)
    this.#pop()
    this.fn.if(eqz32(isZero), () => this.#goTo(this.#landing(destination)))
  }

  end(halt: Halt): void {
    this.#pop()
    this.#loop.leave(halt)
    this.#hasEnded = true
  }

  /** The position that a jump leads to, checked. */
  #landing(destination: Word): I32 {
    const registers = this.#registers
    const limbs = limbsOf(destination)
    const at = this.fn.keep(wrap64(limbs[0]))
    const last = extend32(sub32(registers.codeSize, 1))
    this.#loop.trapIf(exceeds(limbs, last), Halt.InvalidJump)
    return at
  }

  /** Jumps; where no jump may land, or into compiled code, that is settled on the side. */
  #goTo(position: I32): void {
    const { fn } = this
    const registers = this.#registers
    const { next, exit } = this.#loop
    const kind = fn.keep(load8(add32(registers.landings, position)))
    fn.if(ne32(kind, LANDING.allowed), () => {
      this.#loop.trapIf(eqz32(and32(kind, LANDING.allowed)), Halt.InvalidJump)
      fn.set(registers.pc, add32(registers.codeBase, position))
      fn.br(exit)
    })
    fn.set(registers.pc, add32(registers.codeBase, position))
    fn.br(next)
  }

  #goOn(): void {
    const { pc } = this.#registers
    this.fn.set(pc, add32(pc, this.#opcode.size))
    this.fn.br(this.#loop.next)
  }

  #pop(): void {
    if (this.#isPopped) return
    this.#isPopped = true
    const { sp } = this.#registers
    const { row } = this.#opcode
    const { pops, pushes } = row.stack?.(0) ?? row
    if (pushes !== pops) this.fn.set(sp, add32(sp, (pushes - pops) * WORD_BYTES))
  }

  /** Offset of the operand n from the top. */
  #slot(n: number): number {
    return (this.#bias - n) * WORD_BYTES
  }

  #store(word: Word, offset: number): void {
    this.fn.storeLimbs(this.#base, limbsOf(word), offset)
  }
}
