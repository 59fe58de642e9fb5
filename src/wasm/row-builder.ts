import type { Lending } from '../core/frame.ts'
import type { Halt } from '../core/halt.ts'
import type {
  Builder,
  CallOperands,
  CopySource,
  EnvironmentWord,
  FrameWord,
  Slot,
  SlotSpace,
  TransactionWord,
  Word,
} from '../core/lower.ts'
import * as SLOT from '../state/slot-fields.ts'
import { type Limbs, mapLimbs } from './arithmetic/limbs.ts'
import * as CELL from './cells.ts'
import {
  add32,
  add64,
  eqz32,
  eqz64,
  extend32,
  gtU32,
  gtU64,
  type I32,
  type I64,
  i32,
  i64,
  load32,
  load32As64,
  load64,
  ltU32,
  ltU64,
  mul32,
  mul64,
  type Operand,
  or32,
  or64,
  select,
  shrU64,
  sub32,
  sub64,
  type TYPE_I32,
  type TYPE_I64,
  wrap64,
} from './expr.ts'
import { callExpr, type FunctionBuilder } from './function.ts'
import { wordsIn } from './grow-memory.ts'
import type { Helpers } from './helpers.ts'
import * as KNOWN_ENTRY from './known-entry.ts'
import {
  BALANCE,
  BLOB_HASH_COUNT,
  BLOB_HASHES,
  DIGEST,
  FRAME_WORDS,
  PAIR,
  REGISTERS,
  RETURN_DATA_SIZE,
  RETURNED,
  RETURNED_BYTES,
  TRANSACTION,
  TRANSACTION_WORDS,
  WORD_BYTES,
} from './layout.ts'
import * as RETURNED_IS from './returned-is.ts'
import { isCold, isUnrecorded, REFUND_COUNTER } from './slots.ts'
import { exceeds, LimbWord, limbsOf, type WordContext } from './word.ts'

/** Gas a word of what is copied or hashed (Yellow Paper G). */
const COPY_WORD_GAS = 3
const HASH_WORD_GAS = 6

/** A slot at its address in linear memory, where the instruction that asked for it finds it unmoved. */
class TableSlot implements Slot {
  readonly address: I32
  readonly current: Word
  readonly original: Word
  readonly #context: WordContext
  #isCold: Word | null = null

  constructor(context: WordContext, address: I32) {
    this.#context = context
    this.address = address
    this.current = LimbWord.slot(context, address, SLOT.current)
    this.original = LimbWord.slot(context, address, SLOT.original)
  }

  get isCold(): Word {
    this.#isCold ??= LimbWord.bool(this.#context, isCold(this.address))
    return this.#isCold
  }
}

const lesser = (a: I32, b: I32): I32 => select(ltU32(a, b), a, b)

/** Stands for any end of memory that no gas pays for. */
const FAR = 1n << 62n

/** Bytes of memory in use and its address, and those of the code: all cheap, or reading them anew. */
export interface Places {
  readonly memorySize: I32
  readonly memoryBase: I32
  readonly codeBase: I32
  readonly codeSize: I32
}

/**
 * The builder of one instruction, as far as the interpreter and the compiler share it: what is charged, where memory
 * is, what words of the environment lie where. They differ in where operands lie, what leaves the code, and how.
 */
export abstract class RowBuilder implements Builder {
  readonly #context: WordContext
  protected readonly fn: FunctionBuilder
  protected readonly helpers: Helpers
  protected readonly places: Places

  constructor(context: WordContext, places: Places) {
    this.#context = context
    this.fn = context.fn
    this.helpers = context.helpers
    this.places = places
  }

  /** Takes gas, which is cheap to write twice; where it is short, execution ends. Never in a branch. */
  protected abstract takeGas(amount: I64): void
  /** Leaves this instruction to `execute`. Written in a branch, before any effect but a charge. */
  protected abstract giveUp(): void
  /** Leaves for the frame that the cells tell (see ENTER). Written in a branch, before any effect but a charge. */
  protected abstract enterCallee(): void
  /** Charges for the memory below `end` and makes it present, where it is not in use yet. Never in a branch. */
  protected abstract needMemory(end: I64): void

  abstract immediate(sizeBytes: number): Word
  abstract pc(): Word
  abstract gasLeft(): Word
  abstract steps(): Word
  abstract dup(n: number | Word): void
  abstract swap(n: number | Word): void
  abstract jump(destination: Word): void
  abstract jumpIf(destination: Word, condition: Word): void
  abstract end(halt: Halt): void

  protected get context(): WordContext {
    return this.#context
  }

  word(value: bigint): Word {
    return LimbWord.constant(this.#context, value)
  }

  environment(word: EnvironmentWord): Word {
    const frameIndex = FRAME_WORDS.indexOf(word as FrameWord)
    return frameIndex >= 0
      ? this.#wordAt(CELL.hasWords, 0, load32(CELL.words), frameIndex * WORD_BYTES)
      : this.#wordAt(
          CELL.hasTransactionWords,
          1,
          i32(TRANSACTION),
          TRANSACTION_WORDS.indexOf(word as TransactionWord) * WORD_BYTES,
        )
  }

  selfBalance(): Word {
    return this.#wordAt(CELL.hasBalance, 4, i32(BALANCE), 0)
  }

  blobHash(index: Word): Word {
    const limbs = limbsOf(index)
    this.#giveUpIf(exceeds(limbs, BigInt(BLOB_HASH_COUNT - 1)))
    const at = add32(mul32(wrap64(limbs[0]), WORD_BYTES), BLOB_HASHES)
    return this.#wordAt(CELL.hasTransactionWords, 1, at, 0)
  }

  /** A word of a group, which is put in place where the flag says that it is not. */
  #wordAt(flag: number, group: number, base: I32, offset: number): Word {
    const { fn } = this
    fn.if(eqz32(load32(flag)), () => fn.call(this.helpers.environment, [group]))
    return LimbWord.slot(this.#context, fn.keep(base), offset)
  }

  register(index: Word): Word {
    return LimbWord.slot(this.#context, this.#registerAt(index), REGISTERS)
  }

  setRegister(index: Word, value: Word): void {
    this.fn.storeLimbs(this.#registerAt(index), limbsOf(value), REGISTERS)
  }

  /** Address to which the offset of the registers is to be added. */
  #registerAt(index: Word): I32 {
    this.fn.if(eqz32(load32(CELL.hasRegisters)), () => this.fn.call(this.helpers.environment, [3]))
    return this.fn.keep(add32(load32(CELL.words), mul32(wrap64(limbsOf(index)[0]), WORD_BYTES)))
  }

  /** Instructions begun in the transaction, where the run may begin so many more. */
  protected stepsWith(budget: I32): Word {
    return LimbWord.small(this.#context, this.fn.let(sub64(load64(CELL.stepsAtEnd), extend32(budget))))
  }

  loadInput(offset: Word): Word {
    const { fn } = this
    const size = load32(CELL.inputSize)
    const at = this.#clamped(offset, size)
    const left = fn.keep(sub32(size, at))
    const address = fn.let(add32(load32(CELL.input), at))
    fn.if(ltU32(left, WORD_BYTES), () => {
      fn.zero(PAIR, WORD_BYTES)
      fn.copy(PAIR, address, left)
      fn.set(address, PAIR)
    })
    return this.#bigEndian(address)
  }

  copyToMemory(source: CopySource, to: Word, from: Word, size: Word): void {
    const fn = this.fn
    const count = this.#count(size)
    if (source === 'returned') this.#needReturned(from, count)
    this.#chargeWords(count, COPY_WORD_GAS)
    const [base, total] = {
      input: [load32(CELL.input), load32(CELL.inputSize)],
      code: [this.places.codeBase, this.places.codeSize],
      returned: [i32(RETURNED), load32(CELL.returnedSize)],
    }[source]
    const start = this.#clamped(from, total)
    const wanted = fn.keep(wrap64(count))
    const address = this.present(to, count)
    const available = fn.keep(sub32(total, start))
    const copied = fn.keep(lesser(available, wanted))
    fn.copy(address, add32(base, start), copied)
    fn.zero(add32(address, copied), sub32(wanted, copied))
  }

  /** What is not there, and a halt for reading beyond its end, is left to `execute`. */
  #needReturned(from: Word, count: I64): void {
    const limbs = limbsOf(from)
    const size = this.fn.keep(extend32(load32(CELL.returnedSize)))
    const isShort = or32(exceeds(limbs, size), gtU64(add64(limbs[0], count), size))
    this.#giveUpIf(or32(isShort, eqz32(load32(CELL.returned))))
  }

  moveMemory(to: Word, from: Word, size: Word): void {
    const count = this.#count(size)
    this.#chargeWords(count, COPY_WORD_GAS)
    const source = this.present(from, count)
    this.fn.copy(this.present(to, count), source, wrap64(count))
  }

  keccak(offset: Word, size: Word): Word {
    const count = this.#count(size)
    const address = this.present(offset, count)
    this.#chargeWords(count, HASH_WORD_GAS)
    return this.#hashOf(address, wrap64(count))
  }

  keccakOfPair(first: Word, second: Word): Word {
    this.fn.storeBigEndian(PAIR, limbsOf(first))
    this.fn.storeBigEndian(PAIR + WORD_BYTES, limbsOf(second))
    return this.#hashOf(PAIR, 2 * WORD_BYTES)
  }

  #hashOf(address: Operand<TYPE_I32>, sizeBytes: Operand<TYPE_I32>): Word {
    this.fn.call(this.helpers.hash, [address, sizeBytes, DIGEST])
    return this.#bigEndian(DIGEST)
  }

  call(operands: CallOperands, lending: Lending): Word {
    const { fn } = this
    const { to, value, input, output } = operands
    const entry = this.#known(to, value)
    const inCount = this.#count(input.size)
    const outCount = this.#count(output.size)
    const from = this.present(input.offset, inCount)
    const into = this.present(output.offset, outCount)
    const lent = fn.keep(this.#lent(operands.gas, lending))
    fn.if(load32(entry, KNOWN_ENTRY.codeSize), () => {
      const cells = [
        [CELL.callee, entry],
        [CELL.callKind, operands.kind],
        [CELL.callInput, from],
        [CELL.callInputSize, wrap64(inCount)],
        [CELL.callOutput, into],
        [CELL.callOutputSize, wrap64(outCount)],
      ] as const
      for (const [cell, content] of cells) fn.store32(cell, content)
      fn.store64(CELL.gasKept, sub64(limbsOf(this.gasLeft())[0], lent))
      fn.store64(CELL.gasLent, lent)
      this.enterCallee()
    })
    this.#answerIdle(entry, lent, from, inCount, into, outCount)
    return this.word(1n)
  }

  /** The message is answered in its place: the recipient runs nothing, or gives back its input. */
  #answerIdle(entry: I32, lent: I64, from: I32, inCount: I64, into: I32, outCount: I64): void {
    const { fn } = this
    const returned = fn.keep(mul32(wrap64(inCount), load32(entry, KNOWN_ENTRY.copies)))
    const perWord = mul64(wordsIn(inCount), load32As64(entry, KNOWN_ENTRY.perWord))
    const price = fn.keep(add64(load32As64(entry, KNOWN_ENTRY.base), perWord))
    this.#giveUpIf(or32(gtU32(returned, RETURNED_BYTES), ltU64(lent, price)))
    this.takeGas(price)
    fn.store32(CELL.returned, RETURNED_IS.here)
    fn.store32(CELL.returnedSize, returned)
    fn.store64(load32(CELL.words), extend32(returned), RETURN_DATA_SIZE)
    fn.if(returned, () => {
      fn.copy(RETURNED, from, returned)
      fn.copy(into, RETURNED, lesser(fn.keep(wrap64(outCount)), returned))
    })
  }

  knownCodeSize(address: Word): Word {
    return LimbWord.small(this.#context, load32As64(this.#known(address), KNOWN_ENTRY.codeSize))
  }

  /** Entry of an account; one that is not known, and any value, leave this instruction to `execute`. */
  #known(address: Word, value: Word | null = null): I32 {
    const entry = this.fn.let<TYPE_I32>(callExpr(this.helpers.findKnown, limbsOf(address).slice(0, 3)))
    const hasValue = value ? eqz32((value as LimbWord).zeroFlag()) : i32(0)
    this.#giveUpIf(or32(eqz32(entry), hasValue))
    return entry
  }

  /** Gas that a message gets of what is asked; asking for more than there may be is left to `execute`. */
  #lent(asked: Word, lending: Lending): I64 {
    const limbs = limbsOf(asked)
    const gas = this.fn.keep(limbsOf(this.gasLeft())[0])
    if (lending === 'all') {
      this.#giveUpIf(exceeds(limbs, gas))
      return limbs[0]
    }
    const most = this.fn.keep(sub64(gas, shrU64(gas, 6n)))
    return this.fn.keep(select(exceeds(limbs, most), most, limbs[0]))
  }

  memorySize(): Word {
    return LimbWord.small(this.#context, extend32(this.places.memorySize))
  }

  charge(count: Word, factor: number): void {
    this.#takeTimes(limbsOf(count)[0], factor)
  }

  loadMemory(offset: Word): Word {
    return this.#bigEndian(this.present(offset, 32n))
  }

  storeMemory(offset: Word, value: Word): void {
    limbsOf(value)
    this.fn.storeBigEndian(this.present(offset, 32n), limbsOf(value))
  }

  storeByte(offset: Word, value: Word): void {
    const [low] = limbsOf(value)
    this.fn.store8(this.present(offset, 1n), wrap64(low))
  }

  slot(space: SlotSpace, key: Word): Slot {
    const { fn } = this
    const owner = load32(space === 'storage' ? CELL.storageOwner : CELL.transientOwner)
    fn.if(eqz32(owner), () => fn.call(this.helpers.environment, [2]))
    const address = fn.let<TYPE_I32>(callExpr(this.helpers.meetSlot, [owner, ...limbsOf(key)]))
    this.#giveUpIf(eqz32(address))
    return new TableSlot(this.#context, address)
  }

  warmSlot(slot: Slot): void {
    this.when(slot.isCold, () => this.fn.call(this.helpers.warmSlot, [(slot as TableSlot).address]))
  }

  setSlot(slot: Slot, value: Word): void {
    const { address } = slot as TableSlot
    this.#record(address)
    this.fn.storeLimbs(address, limbsOf(value), SLOT.current)
  }

  refund(gas: number): void {
    this.#record(REFUND_COUNTER)
    const sum = add64(load64(REFUND_COUNTER, SLOT.current), BigInt(gas))
    this.fn.store64(REFUND_COUNTER, sum, SLOT.current)
  }

  /** Records an entry of the table before it is changed. */
  #record(address: I32): void {
    this.fn.if(isUnrecorded(address), () => this.fn.call(this.helpers.recordSlot, [address]))
  }

  log(gasPerByte: number, offset: Word, size: Word, topics: readonly Word[]): void {
    const { fn } = this
    const { hasLogRoom, appendLog } = this.helpers
    const [count, ...upper] = limbsOf(size)
    const topicCount = i32(topics.length)
    const isHuge = gtU64(upper.reduce(or64), 0n)
    this.#giveUpIf(or32(isHuge, eqz32(callExpr(hasLogRoom, [count, topicCount]))))
    this.#takeTimes(count, gasPerByte)
    const data = this.present(offset, count)
    const words = [this.environment('self'), ...topics].map(limbsOf)
    const address = fn.let<TYPE_I32>(callExpr(appendLog, [data, wrap64(count), topicCount]))
    fn.storeLimbs(address, words.flat())
  }

  endWith(halt: Halt, offset: Word, size: Word): void {
    const count = this.#count(size)
    const address = this.present(offset, count)
    this.fn.store32(CELL.output, address)
    this.fn.store32(CELL.outputSize, wrap64(count))
    this.end(halt)
  }

  leaveIf(condition: Word): void {
    this.when(condition, () => this.giveUp())
  }

  when(condition: Word, then: () => void): void {
    this.fn.if(eqz32((condition as LimbWord).zeroFlag()), then)
  }

  choose(condition: Word, yes: Word, no: Word): Word {
    const isZero = this.fn.keep((condition as LimbWord).zeroFlag())
    const [a, b] = [limbsOf(yes), limbsOf(no)]
    const limbs = mapLimbs((i) =>
      a[i].constant === 0n && b[i].constant === 0n ? a[i] : select(isZero, b[i], a[i]),
    )
    return new LimbWord(this.#context, limbs)
  }

  /** A size as one limb below 2^32. A larger one halts in one way or another: `execute` finds out which. */
  #count(size: Word): I64 {
    const limbs = limbsOf(size)
    this.#giveUpIf(exceeds(limbs, 0xffffffffn))
    return limbs[0]
  }

  /** Charges `factor` gas for every started word of `count` bytes. */
  #chargeWords(count: I64, factor: number): void {
    this.#takeTimes(wordsIn(count), factor)
  }

  #takeTimes(count: I64, factor: number): void {
    this.takeGas(this.fn.keep(mul64(count, BigInt(factor))))
  }

  #giveUpIf(condition: I32): void {
    this.fn.if(condition, () => this.giveUp())
  }

  /** An offset as 32 bits, at most `limit`. */
  #clamped(offset: Word, limit: I32): I32 {
    const limbs = limbsOf(offset)
    const bound = this.fn.keep(extend32(limit))
    return this.fn.keep(wrap64(select(exceeds(limbs, bound), bound, limbs[0])))
  }

  /**
   * Address of `sizeBytes` bytes of memory at `offset`, charged and present. No bytes touch nothing, wherever they are.
   */
  protected present(offset: Word, sizeBytes: Operand<TYPE_I64>): I32 {
    const { fn } = this
    const limbs = limbsOf(offset)
    const [low] = limbs
    const reach = fn.keep(select(exceeds(limbs, FAR), FAR, add64(low, sizeBytes)))
    const isNone = eqz64(i64(sizeBytes))
    const end = fn.keep(select(isNone, 0n, reach))
    this.needMemory(end)
    return fn.keep(add32(this.places.memoryBase, select(isNone, 0, wrap64(low))))
  }

  /** The 32 bytes at an address. */
  #bigEndian(address: Operand<TYPE_I32>): Word {
    return new LimbWord(this.#context, this.fn.loadBigEndian(address) as unknown as Limbs)
  }
}
