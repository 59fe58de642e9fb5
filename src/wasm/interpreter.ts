import { Halt } from '../core/halt.ts'
import type { Builder, EnvironmentWord, FrameWord, TransactionWord, Word } from '../core/lower.ts'
import { type InstructionSet, type Opcode, STACK_LIMIT } from '../core/table.ts'
import {
  add32,
  add64,
  type Expr,
  eqz32,
  extend32,
  gtU32,
  gtU64,
  type I32,
  type I64,
  i32,
  i64,
  lane64,
  load8,
  load8As64,
  load32,
  load64,
  load128,
  ltU32,
  ltU64,
  mul64,
  or32,
  or64,
  pair64,
  select,
  shl64,
  shrU64,
  shuffle,
  sub32,
  sub64,
  type V128,
  wrap64,
} from './expr.ts'
import type { FunctionBuilder, Label, Local } from './function.ts'
import type { Helpers } from './helpers.ts'
import { CELL, DIGEST, ENVIRONMENT, FRAME_WORDS, TRANSACTION_WORDS, WORD_BYTES } from './layout.ts'
import { type Callable, ModuleBuilder } from './module.ts'
import { LimbWord, limbsOf, type WordContext } from './word.ts'

/** Operands are addressed from this many words below the top, so that every offset is a positive constant. */
const BIAS = 18

/** The variables of the loop. */
interface Registers {
  readonly gas: Local<'i64'>
  readonly sp: Local<'i32'>
  readonly pc: Local<'i32'>
  readonly memorySize: Local<'i32'>
  readonly memoryBase: Local<'i32'>
  readonly stackBase: Local<'i32'>
  readonly codeBase: Local<'i32'>
  readonly codeSize: Local<'i32'>
  readonly landings: Local<'i32'>
  readonly budget: Local<'i32'>
  readonly halt: Local<'i32'>
  readonly code: Local<'i32'>
}

/** What the host gives the generated code. Both flush and reload the cells around the call. */
interface HostCalls {
  /** (byte) → halt: executes the row, its checks done and its static gas charged. */
  readonly execute: Callable
  /** () → halt: charges for the `wanted` bytes of memory and makes them present. */
  readonly expand: Callable
  /** (0 the frame's, 1 the transaction's): puts the words of the environment in place. */
  readonly environment: Callable
}

const CELLS32 = ['sp', 'pc', 'memorySize', 'budget'] as const
const CONSTANT_CELLS = ['memoryBase', 'stackBase', 'codeBase', 'codeSize', 'landings'] as const

/** Gas a word of what is copied or hashed (Yellow Paper G). */
const COPY_WORD_GAS = 3
const HASH_WORD_GAS = 6

const REVERSED = Array.from({ length: 16 }, (_, i) => 15 - i)

/**
 * Writes the interpreter of an instruction set: a function `run` that goes on from where the cells say until a row gives another
 * halt than None or the budget is used up (None then), and leaves what it has come to in the cells. A row with
 * `lower` becomes code; any other is executed by the host.
 */
export function writeInterpreter(
  set: InstructionSet,
  writeHelpers: (module: ModuleBuilder) => Helpers,
  pages: number,
): Uint8Array {
  const module = new ModuleBuilder()
  const host: HostCalls = {
    execute: module.importFunction('execute', ['i32'], ['i32']),
    expand: module.importFunction('expand', [], ['i32']),
    environment: module.importFunction('environment', ['i32'], []),
  }
  const helpers = writeHelpers(module)
  const fn = module.function([], ['i32'])
  module.export('run', fn)
  new LoopWriter(fn, set, host, helpers).write()
  return module.build(pages)
}

/** Writes the loop: fetch, a branch by byte, a handler an opcode. */
class LoopWriter {
  readonly fn: FunctionBuilder
  readonly registers: Registers
  readonly context: WordContext
  readonly host: HostCalls
  readonly #set: InstructionSet
  next!: Label
  exit!: Label

  constructor(fn: FunctionBuilder, set: InstructionSet, host: HostCalls, helpers: Helpers) {
    this.fn = fn
    this.#set = set
    this.host = host
    this.context = { fn, helpers }
    const names = [...CELLS32, ...CONSTANT_CELLS, 'halt', 'code'] as const
    const locals = Object.fromEntries(names.map((name) => [name, fn.local('i32')]))
    this.registers = { gas: fn.local('i64'), ...locals } as unknown as Registers
  }

  write(): void {
    const { fn, registers } = this
    for (const name of CONSTANT_CELLS) fn.set(registers[name], load32(i32(CELL[name])))
    this.reload()
    fn.block((exit) => {
      this.exit = exit
      fn.loop((next) => {
        this.next = next
        fn.set(registers.halt, i32(Halt.None))
        fn.brIf(exit, eqz32(registers.budget.get))
        fn.set(registers.budget, sub32(registers.budget.get, i32(1)))
        this.#dispatch()
      })
    })
    this.flush()
    fn.return(registers.halt.get)
  }

  /** Nested blocks, one a distinct handler: branching out of block i reaches handler i. */
  #dispatch(): void {
    const { fn, registers } = this
    const handlers = this.#set.opcodes.filter(({ isDefined }) => isDefined)
    const undefinedHandler = handlers.length
    const targets = this.#set.opcodes.map((opcode) =>
      opcode.isDefined ? handlers.indexOf(opcode) : undefinedHandler,
    )
    const nest = (depth: number, labels: readonly Label[]): void => {
      if (depth < 0) {
        // Labels were pushed outermost first: the innermost block is handler 0.
        const inner = labels.toReversed()
        fn.brTable(load8(registers.pc.get), [...targets.map((i) => inner[i]), inner[undefinedHandler]])
        return
      }
      fn.block((end) => nest(depth - 1, [...labels, end]))
      if (depth < handlers.length) this.#handler(handlers[depth])
      else this.#undefined()
    }
    nest(handlers.length, [])
  }

  #undefined(): void {
    this.executeByHost(load8(this.registers.pc.get))
  }

  #handler(opcode: Opcode): void {
    const { row } = opcode
    const used = this.fn.mark()
    if (row.stack) this.executeByHost(i32(opcode.code))
    else {
      this.#check(opcode)
      if (row.lower) new HandlerBuilder(this, opcode).write()
      else this.executeByHost(i32(opcode.code))
    }
    this.fn.releaseSince(used)
  }

  /** Stack bounds and static gas, as constants. */
  #check({ minHeight, maxHeight, gas }: Opcode): void {
    const { registers } = this
    const height = sub32(registers.sp.get, registers.stackBase.get)
    if (minHeight > 0) this.trapIf(ltU32(height, i32(minHeight * WORD_BYTES)), Halt.StackUnderflow)
    if (maxHeight < STACK_LIMIT) this.trapIf(gtU32(height, i32(maxHeight * WORD_BYTES)), Halt.StackOverflow)
    if (gas > 0) this.takeGas(i64(BigInt(gas)))
  }

  takeGas(amount: Expr<'i64'>): void {
    const { gas } = this.registers
    this.trapIf(ltU64(gas.get, amount), Halt.OutOfGas)
    this.fn.set(gas, sub64(gas.get, amount))
  }

  trapIf(condition: I32, halt: Halt): void {
    this.fn.if(condition, () => this.leave(halt))
  }

  leave(halt: Halt): void {
    this.fn.set(this.registers.halt, i32(halt))
    this.fn.br(this.exit)
  }

  /** The host runs the row; it finds everything in the cells and leaves it there. */
  executeByHost(code: I32): void {
    this.callHost(this.host.execute, [code])
    this.fn.br(this.next)
  }

  callHost(callee: Callable, args: readonly Expr[]): void {
    const { fn, registers } = this
    this.flush()
    fn.call(callee, args, [registers.halt])
    this.reload()
    fn.brIf(this.exit, registers.halt.get)
  }

  flush(): void {
    const { fn, registers } = this
    fn.store64(i32(CELL.gas), registers.gas.get)
    for (const name of CELLS32) fn.store32(i32(CELL[name]), registers[name].get)
  }

  reload(): void {
    const { fn, registers } = this
    fn.set(registers.gas, load64(i32(CELL.gas)))
    for (const name of CELLS32) fn.set(registers[name], load32(i32(CELL[name])))
  }
}

/** Operands that are read from their slot when they are first used. */
function slotWord(context: WordContext, address: I32, offset: number): LimbWord {
  return LimbWord.lazy(context, (limb) => load64(address, offset + 8 * limb))
}

/** The builder of one handler. */
class HandlerBuilder implements Builder {
  readonly #loop: LoopWriter
  readonly #opcode: Opcode
  readonly #fn: FunctionBuilder
  /** Address from which the operands' slots are constant offsets. */
  readonly #base: I32
  #isPopped = false
  #hasEnded = false

  constructor(loop: LoopWriter, opcode: Opcode) {
    this.#loop = loop
    this.#opcode = opcode
    this.#fn = loop.fn
    this.#base = this.#fn.let(sub32(loop.registers.sp.get, i32(BIAS * WORD_BYTES))).get
  }

  write(): void {
    const { row } = this.#opcode
    const operands = Array.from({ length: row.pops }, (_, i) =>
      slotWord(this.#loop.context, this.#base, this.#slot(i + 1)),
    )
    const result = row.lower!(this, ...operands)
    if (this.#hasEnded) return
    if (result) this.#store(result, this.#slot(row.pops))
    this.#pop()
    this.#goOn()
  }

  word(value: bigint): Word {
    return LimbWord.constant(this.#loop.context, value)
  }

  environment(word: EnvironmentWord): Word {
    const { context, host } = this.#loop
    const frameIndex = FRAME_WORDS.indexOf(word as FrameWord)
    const isFrame = frameIndex >= 0
    const index = isFrame
      ? frameIndex
      : FRAME_WORDS.length + TRANSACTION_WORDS.indexOf(word as TransactionWord)
    const flag = load32(i32(isFrame ? CELL.hasFrameWords : CELL.hasTransactionWords))
    this.#fn.if(eqz32(flag), () => this.#fn.call(host.environment, [i32(isFrame ? 0 : 1)]))
    const at = ENVIRONMENT + index * WORD_BYTES
    const limb = (i: number) => load64(i32(0), at + 8 * i)
    return new LimbWord(context, [limb(0), limb(1), limb(2), limb(3)])
  }

  loadInput(offset: Word): Word {
    const size = load32(i32(CELL.inputSize))
    const at = this.#clamped(offset, size)
    const address = this.#fn.keep(add32(load32(i32(CELL.input)), at))
    return this.#bigEndian(address)
  }

  copyToMemory(source: 'input' | 'code', to: Word, from: Word, size: Word): void {
    const { registers } = this.#loop
    const fn = this.#fn
    const count = this.#count(size)
    this.#chargeWords(count, COPY_WORD_GAS)
    limbsOf(to)
    const total = source === 'input' ? load32(i32(CELL.inputSize)) : registers.codeSize.get
    const base = source === 'input' ? load32(i32(CELL.input)) : registers.codeBase.get
    const start = this.#clamped(from, total)
    const wanted = fn.keep(wrap64(count))
    fn.if(wanted, () => {
      const address = this.#present(to, count)
      const available = fn.keep(sub32(total, start))
      const copied = fn.keep(select(ltU32(available, wanted), available, wanted))
      fn.copy(address, add32(base, start), copied)
      fn.zero(add32(address, copied), sub32(wanted, copied))
    })
  }

  moveMemory(to: Word, from: Word, size: Word): void {
    const count = this.#count(size)
    this.#chargeWords(count, COPY_WORD_GAS)
    limbsOf(to)
    limbsOf(from)
    this.#fn.if(wrap64(count), () => {
      const source = this.#present(from, count)
      this.#fn.copy(this.#present(to, count), source, wrap64(count))
    })
  }

  keccak(offset: Word, size: Word): Word {
    const fn = this.#fn
    const count = this.#count(size)
    const address = fn.let<'i32'>(i32(0))
    limbsOf(offset)
    fn.if(wrap64(count), () => fn.set(address, this.#present(offset, count)))
    this.#chargeWords(count, HASH_WORD_GAS)
    fn.call(this.#loop.context.helpers.keccak, [address.get, wrap64(count), i32(DIGEST)])
    return this.#bigEndian(i32(DIGEST))
  }

  /** A size as one limb below 2^32. A larger one halts in one way or another: the host finds out which. */
  #count(size: Word): I64 {
    const [count, b, c, d] = limbsOf(size)
    const isHuge = or32(gtU64(or64(b, or64(c, d)), i64(0n)), gtU64(count, i64(0xffffffffn)))
    this.#fn.if(isHuge, () => this.#loop.executeByHost(i32(this.#opcode.code)))
    return count
  }

  /** Charges `factor` gas for every started word of `count` bytes. */
  #chargeWords(count: I64, factor: number): void {
    const words = shrU64(add64(count, i64(31n)), i64(5n))
    this.#loop.takeGas(this.#fn.keep(mul64(words, i64(BigInt(factor)))))
  }

  /** An offset as 32 bits, at most `limit`. */
  #clamped(offset: Word, limit: I32): I32 {
    const [low, b, c, d] = limbsOf(offset)
    const bound = this.#fn.keep(extend32(limit))
    const isBeyond = or32(gtU64(or64(b, or64(c, d)), i64(0n)), gtU64(low, bound))
    return this.#fn.keep(wrap64(select(isBeyond, bound, low)))
  }

  /** Read from the code, big-endian. */
  immediate(sizeBytes: number): Word {
    const { context, registers } = this.#loop
    const at = registers.pc.get
    const limb = (i: number) =>
      this.#codeLimb(at, 1 + sizeBytes - 8 * (i + 1), Math.min(8, sizeBytes - 8 * i))
    return new LimbWord(context, [limb(0), limb(1), limb(2), limb(3)])
  }

  /** `count` bytes of the code that end 8 bytes after `offset`, as a number. */
  #codeLimb(at: I32, offset: number, count: number) {
    if (count <= 0) return i64(0n)
    let value = i64(0n) as Expr<'i64'>
    for (let i = 8 - count; i < 8; i++) value = or64(shl64(value, i64(8n)), load8As64(at, offset + i))
    return value
  }

  pc(): Word {
    const { context, registers } = this.#loop
    return LimbWord.small(context, extend32(sub32(registers.pc.get, registers.codeBase.get)))
  }

  gasLeft(): Word {
    return LimbWord.small(this.#loop.context, this.#loop.registers.gas.get)
  }

  memorySize(): Word {
    return LimbWord.small(this.#loop.context, extend32(this.#loop.registers.memorySize.get))
  }

  charge(count: Word, factor: number): void {
    this.#loop.takeGas(this.#fn.keep(mul64(limbsOf(count)[0], i64(BigInt(factor)))))
  }

  loadMemory(offset: Word): Word {
    return this.#bigEndian(this.#present(offset, i64(32n)))
  }

  /** The 32 bytes at an address. */
  #bigEndian(address: I32): Word {
    const high = this.#reversed(load128(address))
    const low = this.#reversed(load128(address, 16))
    return new LimbWord(this.#loop.context, [
      lane64(low, 0),
      lane64(low, 1),
      lane64(high, 0),
      lane64(high, 1),
    ])
  }

  storeMemory(offset: Word, value: Word): void {
    const [a, b, c, d] = limbsOf(value)
    const address = this.#present(offset, i64(32n))
    this.#fn.store128(address, this.#reversed(pair64(c, d)))
    this.#fn.store128(address, this.#reversed(pair64(a, b)), 16)
  }

  storeByte(offset: Word, value: Word): void {
    const [low] = limbsOf(value)
    this.#fn.store8(this.#present(offset, i64(1n)), wrap64(low))
  }

  dup(n: number): void {
    const { sp } = this.#loop.registers
    for (const half of [0, 16]) this.#fn.store128(sp.get, load128(this.#base, this.#slot(n) + half), half)
  }

  swap(n: number): void {
    const [top, other] = [this.#slot(1), this.#slot(n + 1)]
    for (const half of [0, 16]) {
      const kept = this.#fn.keep(load128(this.#base, top + half))
      this.#fn.store128(this.#base, load128(this.#base, other + half), top + half)
      this.#fn.store128(this.#base, kept, other + half)
    }
  }

  jump(destination: Word): void {
    const low = this.#landing(destination)
    this.#pop()
    this.#goTo(low)
    this.#hasEnded = true
  }

  jumpIf(destination: Word, condition: Word): void {
    const isZero = this.#fn.keep((condition as LimbWord).zeroFlag())
    limbsOf(destination)
    this.#pop()
    this.#fn.if(eqz32(isZero), () => this.#goTo(this.#landing(destination)))
  }

  end(halt: Halt): void {
    this.#pop()
    this.#loop.leave(halt)
    this.#hasEnded = true
  }

  /** The position that a jump leads to, checked. */
  #landing(destination: Word): I32 {
    const { registers } = this.#loop
    const [low, b, c, d] = limbsOf(destination)
    const at = this.#fn.keep(wrap64(low))
    const isFar = or32(
      gtU64(or64(b, or64(c, d)), i64(0n)),
      gtU64(low, extend32(sub32(registers.codeSize.get, i32(1)))),
    )
    this.#loop.trapIf(isFar, Halt.InvalidJump)
    this.#loop.trapIf(eqz32(load8(add32(registers.landings.get, at))), Halt.InvalidJump)
    return at
  }

  #goTo(position: I32): void {
    const { registers, next } = this.#loop
    this.#fn.set(registers.pc, add32(registers.codeBase.get, position))
    this.#fn.br(next)
  }

  #goOn(): void {
    const { registers, next } = this.#loop
    this.#fn.set(registers.pc, add32(registers.pc.get, i32(this.#opcode.size)))
    this.#fn.br(next)
  }

  #pop(): void {
    if (this.#isPopped) return
    this.#isPopped = true
    const { sp } = this.#loop.registers
    const { pops, pushes } = this.#opcode.row
    if (pushes !== pops) this.#fn.set(sp, add32(sp.get, i32((pushes - pops) * WORD_BYTES)))
  }

  /** Offset of the operand n from the top. */
  #slot(n: number): number {
    return (BIAS - n) * WORD_BYTES
  }

  #store(word: Word, offset: number): void {
    for (const [i, limb] of limbsOf(word).entries()) this.#fn.store64(this.#base, limb, offset + 8 * i)
  }

  #reversed(vector: V128): V128 {
    const kept = this.#fn.keep(vector)
    return this.#fn.keep(shuffle(kept, kept, REVERSED))
  }

  /** Address of `sizeBytes` bytes of memory at `offset`, charged and present. */
  #present(offset: Word, sizeBytes: I64): I32 {
    const { registers, host } = this.#loop
    const [low, b, c, d] = limbsOf(offset)
    const isHuge = or32(gtU64(or64(b, or64(c, d)), i64(0n)), gtU64(low, i64(1n << 62n)))
    const end = this.#fn.keep(select(isHuge, i64(1n << 62n), add64(low, sizeBytes)))
    this.#fn.if(gtU64(end, extend32(registers.memorySize.get)), () => {
      this.#fn.store64(i32(CELL.wanted), end)
      this.#loop.callHost(host.expand, [])
    })
    return this.#fn.keep(add32(registers.memoryBase.get, wrap64(low)))
  }
}
