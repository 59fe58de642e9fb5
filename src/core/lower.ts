import type { Lending } from './frame.ts'
import type { Halt } from './halt.ts'
import type { CallKind } from './message.ts'

/**
 * A 256-bit operand as the generators see it: constants, locals or stack slots of four 64-bit limbs. Operations write
 * code and give the result; comparisons give the word 1 or 0. What `execute` says in bigint, `lower` says in these.
 */
export interface Word {
  add(other: Word): Word
  sub(other: Word): Word
  mul(other: Word): Word
  /** As DIV, MOD, SDIV, SMOD: a divisor of zero gives zero. */
  div(other: Word): Word
  mod(other: Word): Word
  sdiv(other: Word): Word
  smod(other: Word): Word
  addmod(other: Word, modulus: Word): Word
  mulmod(other: Word, modulus: Word): Word
  exp(exponent: Word): Word
  /** As SIGNEXTEND and BYTE, this word being the index. */
  signExtend(value: Word): Word
  byteOf(value: Word): Word
  and(other: Word): Word
  or(other: Word): Word
  xor(other: Word): Word
  not(): Word
  /** This word shifted; a shift over 255 gives zero, of `sar` the sign. */
  shl(shift: Word): Word
  shr(shift: Word): Word
  sar(shift: Word): Word
  clz(): Word
  isZero(): Word
  eq(other: Word): Word
  lt(other: Word): Word
  gt(other: Word): Word
  slt(other: Word): Word
  sgt(other: Word): Word
  /** Bytes of this word without leading zeros, 0 to 32: what EXP is priced by. */
  byteLength(): Word
}

/** Words that a frame can ask for and that do not change while it runs on. */
export type EnvironmentWord = FrameWord | TransactionWord

/** Those of the frame; the size of return data changes with each message it sends. */
export type FrameWord = 'self' | 'caller' | 'value' | 'inputSize' | 'codeSize' | 'returnDataSize'

/** Those that all frames of a transaction share. */
export type TransactionWord =
  | 'origin'
  | 'gasPrice'
  | 'chainId'
  | 'coinbase'
  | 'timestamp'
  | 'number'
  | 'difficulty'
  | 'prevRandao'
  | 'gasLimit'
  | 'baseFee'
  | 'blobBaseFee'

/** Which slots of the account that the frame works on. */
export type SlotSpace = 'storage' | 'transient'

/** A slot as the transaction has it; of transient storage only `current` means something. */
export interface Slot {
  readonly current: Word
  /** What it held when the transaction began. */
  readonly original: Word
  /** 1 until the transaction has marked it accessed (EIP-2929), then 0. */
  readonly isCold: Word
}

/** Operands of a call as its row takes them. */
export interface CallOperands {
  readonly kind: CallKind
  readonly gas: Word
  readonly to: Word
  /** Null where the call takes none. */
  readonly value: Word | null
  readonly input: { readonly offset: Word; readonly size: Word }
  readonly output: { readonly offset: Word; readonly size: Word }
}

/** Calldata, code, or the output of the last message. */
export type CopySource = 'input' | 'code' | 'returned'

/** What a row's `lower` writes with, beside its operands. */
export interface Builder {
  word(value: bigint): Word
  /** The immediate of this instruction. */
  immediate(sizeBytes: number): Word
  environment(word: EnvironmentWord): Word
  /** Wei of the account that executes. */
  selfBalance(): Word
  /** Hash of one of the transaction's blobs, else zero. */
  blobHash(index: Word): Word
  /** 32 bytes of calldata, zeros beyond its end. */
  loadInput(offset: Word): Word
  /** Copies into memory, charged by the word, zeros beyond the end; only within the end of what was returned. */
  copyToMemory(source: CopySource, to: Word, from: Word, size: Word): void
  /** Copies within memory, both ranges made present. */
  moveMemory(to: Word, from: Word, size: Word): void
  /** Hash of a range of memory, charged by the word. */
  keccak(offset: Word, size: Word): Word
  /** Hash of two words, 32 bytes each; free of charge. */
  keccakOfPair(first: Word, second: Word): Word
  /** Position of this instruction in the code. */
  pc(): Word
  /** Gas left after this instruction's static gas. */
  gasLeft(): Word
  /** Bytes of memory in use. */
  memorySize(): Word
  /** Takes `factor` gas a unit of `count`, which is below 2^32; ends with OutOfGas if it is not there. */
  charge(count: Word, factor: number): void
  /** The 32 bytes at an offset, charged and made present first; stores likewise. */
  loadMemory(offset: Word): Word
  storeMemory(offset: Word, value: Word): void
  storeByte(offset: Word, value: Word): void
  /**
   * A copy of the operand n from the top, 1 the top itself; the top exchanged with the operand n below it. A word must be
   * made of the immediate of a row whose `stack` says that so many are there, or be the operand of one with `nth`.
   */
  dup(n: number | Word): void
  swap(n: number | Word): void
  /** Instructions begun so far in the transaction, this one included. */
  steps(): Word
  /** A register of the frame, by an index below 16. */
  register(index: Word): Word
  setRegister(index: Word, value: Word): void
  jump(destination: Word): void
  jumpIf(destination: Word, condition: Word): void
  /** The slot at a key. One for which there is no room leaves this instruction to `execute`. */
  slot(space: SlotSpace, key: Word): Slot
  /** Marks the slot accessed, and sets it: both recorded, so that they are reverted, and only after all charges. */
  warmSlot(slot: Slot): void
  setSlot(slot: Slot, value: Word): void
  /** Adds to the refund counter, in gas; may be negative. Only where a slot was had. */
  refund(gas: number): void
  /** Appends an entry to the log, its data a range of memory; charged `gasPerByte` for each byte of it. */
  log(gasPerByte: number, offset: Word, size: Word, topics: readonly Word[]): void
  /** Leaves this instruction to `execute` where the condition is not zero. Only before any charge or effect. */
  leaveIf(condition: Word): void
  /** Writes what else is done where the condition is not zero: no charge, and operands that were used before. */
  when(condition: Word, then: () => void): void
  /** `yes` where the condition is not zero, else `no`. */
  choose(condition: Word, yes: Word, no: Word): Word
  /**
   * Sends a message without value to an account that is warm and of which it is known what it runs: code, or nothing, so
   * that nothing but gas, memory and return data change. Gives the status word. Leaves any other message to `execute`.
   */
  call(call: CallOperands, lending: Lending): Word
  /** Bytes of the code of an account that is warm, if it is known; any other leaves this instruction to `execute`. */
  knownCodeSize(address: Word): Word
  /** Ends the frame, without output. */
  end(halt: Halt): void
  /** Ends the frame with a range of memory, made present, as output. */
  endWith(halt: Halt, offset: Word, size: Word): void
}
