import type { Frame } from './frame.ts'
import type { Halt } from './halt.ts'
import type { Builder, Word } from './lower.ts'
import type { MessageResult } from './message.ts'

/** Refused in a static call (EIP-214). */
export const WRITES = 1
/** Nothing after it runs: ends the frame. */
export const ENDS = 2
/** May change `pc` other than to the next instruction. */
export const JUMPS = 4
/** A jump may land here. */
export const JUMPDEST = 8
/** May return `Halt.Suspend`. */
export const SUSPENDS = 16
/** Its meaning depends on the gas left, so gas must be exact when it executes. */
export const READS_GAS = 32
/** Its meaning depends on the instructions begun so far: `frame.steps` tells them when it executes. */
export const READS_STEPS = 64

/** Whether a row has one of these flags. */
export function hasFlag({ flags = 0 }: Row, wanted: number): boolean {
  return (flags & wanted) !== 0
}

/** How far an instruction reaches into the stack. */
export interface Reach {
  readonly pops: number
  readonly pushes: number
}

/**
 * One opcode. The contract, for every row of every table:
 *
 * Before `execute` the loop has checked that the row exists, that the stack holds `pops` operands and has room for
 * `pushes` results under 1,024, that WRITES is allowed, has charged `gas`, and has set `frame.pc` to the next
 * instruction. `execute` then pops exactly `pops` words, in order from the top, charges what else is due, acts, and
 * pushes exactly `pushes` words if it returns None. It never throws, is never async, keeps nothing between calls, and
 * asks no clock, randomness or fork. A trap may leave the frame in any condition: its effects are undone.
 *
 * A row that SUSPENDS fills `frame.pending`, returns Suspend, and leaves its pushes to `resume`, which runs when the
 * message has ended, or was refused for want of depth or balance, after the gas it left was given back. A row that
 * returns SelfDestruct has put into `frame.pending` what it sent, and to whom: `value` and `to`.
 *
 * Stability: this shape is version 1; fields are added, never changed.
 */
export interface Row {
  /** The byte, 0 to 255. */
  readonly code: number
  /** The mnemonic, as traces and assembly write it. */
  readonly name: string
  /** Bytes that follow the opcode; they hide jump destinations. */
  readonly immediate?: number
  readonly pops: number
  readonly pushes: number
  /**
   * Reach as a function of the immediate's value, for rows such as DUPN; it then replaces `pops` and `pushes`. `lower` of
   * such a row is given no operands: it works with `dup` and `swap`.
   */
  stack?(immediate: number): Reach
  /**
   * The n, 1 or more, of a row such as DUPn, of which more differ in nothing but that: `pops` grows with it. `lower` is given
   * it as its one operand, and is the same function for all: where their bytes follow each other, too, they are one handler
   * of the interpreter, so that which of them comes next need not be predicted.
   */
  readonly nth?: number
  /** Static gas, charged before `execute`. */
  readonly gas: number
  /** Sum of WRITES, ENDS, JUMPS, JUMPDEST, SUSPENDS, READS_GAS, READS_STEPS. */
  readonly flags?: number
  /** Where the meaning is defined: `YP H.2`, `EIP-1153`. */
  readonly spec: string
  execute(frame: Frame): Halt
  resume?(frame: Frame, result: MessageResult): Halt
  /** The same meaning for the fast tiers; operands as `execute` pops them. Returns what it pushes, if it pushes one. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a row that pushes nothing has nothing to return
  lower?(b: Builder, ...operands: Word[]): Word | void
}
