import type { Frame } from './frame.ts'
import type { Halt } from './halt.ts'
import type { Environment, Log } from './host.ts'
import type { Message, MessageResult } from './message.ts'
import type { Opcode } from './table.ts'

/**
 * Watches an execution. Called by the driver, and of transactions by who executes them; every argument is valid during
 * the call alone (copy what is kept). A tracer must not change what it is shown, unless the run's result is thrown away,
 * nor read state that the execution has not read: on a source that loads on demand that would be a miss.
 *
 * The order, for a transaction and for a message and everything under it:
 *
 *     transaction = begin message end
 *     message = enter { step stepEnd [ message | destroy ] } exit
 *
 * The system calls of a block are messages without a transaction around them.
 *
 * An instruction that sends a message has its `stepEnd` (halt Suspend) before that message's `enter`; what it pushes
 * when the message has ended shows in the next `step` of its frame. A precompile, an account without code and a message
 * that is refused (halts DepthExceeded, InsufficientBalance, NonceOverflow) have `enter` and `exit` alone. An
 * instruction that the step limit forbids has neither `step` nor `stepEnd`; the `exit` of its frame (halt StepLimit)
 * follows.
 *
 * One that has neither `step` nor `stepEnd` leaves the execution to the tier that would run it untraced. A tracer is
 * chosen before a message begins.
 */
export interface Tracer {
  /** A transaction that can be included begins: nothing is paid for yet. Of a call outside of one the same is told. */
  begin?(transaction: TransactionStart): void
  /** Before the opcode at `frame.pc` is checked and charged. */
  step?(frame: Frame, opcode: Opcode): void
  /**
   * After it: `frame.gas` is what is left, a lent message's gas already taken; `halt` how it ended. An instruction
   * that failed its stack check or could not pay its static gas has left `frame.pc`, gas and stack as they were; one
   * that ran out of gas later has asked for `frame.gasDenied` more than was left.
   */
  stepEnd?(frame: Frame, opcode: Opcode, halt: Halt): void
  /** A message begins: before value moves; also for precompiles, accounts without code and what will be refused. */
  enter?(message: Message): void
  /** The frame has ended by SELFDESTRUCT, which sent `frame.pending.value` wei to `frame.pending.to`. */
  destroy?(frame: Frame): void
  /**
   * It ended: after its state was kept or undone. `message.gas` is no longer what it began with. `frame` is what ran it,
   * with `halt` as its code ended and `opcode`, `pc` and `sp` as they were then; null where no code ran.
   */
  exit?(message: Message, result: MessageResult, frame: Frame | null): void
  /** The transaction has ended, fees paid and refunds given: its state is as the next one finds it, but for `after`. */
  end?(transaction: TransactionEnd): void
}

/** A transaction, or a call outside of one, as a tracer is told of it. */
export interface TransactionStart {
  readonly sender: bigint
  /** Null for a creation. */
  readonly to: bigint | null
  readonly gasLimit: bigint
  /** What of it is taken before the message begins; zero for a call outside of a transaction. */
  readonly intrinsicGas: bigint
  readonly env: Environment
  isPrecompile(address: bigint): boolean
  /** Entries of the block's log that are older. */
  readonly logsBefore: number
  /** The log of the transaction so far, oldest first; what is reverted is no longer there. */
  logs(): readonly Log[]
}

/** What a transaction came to; gas in units of the fork, addresses and hashes as words. */
export interface TransactionEnd {
  readonly halt: Halt
  /** What the sender pays for, refund and floor included. */
  readonly gasUsed: bigint
  readonly gasRefunded: bigint
  readonly output: Uint8Array
  /**
   * The accounts that it met, in the order of first access: those its instructions asked for, whether or not they could
   * pay, sender, recipient, coinbase, and who signed authorisations (EIP-7702). An access list alone meets nothing.
   */
  touched(): Iterable<TouchedAccount>
}

/** An account that a transaction met. */
export interface TouchedAccount {
  readonly address: bigint
  /** Before anything was paid for. */
  readonly before: AccountView
  /** Null where the transaction deletes what destroyed itself. */
  readonly after: AccountView | null
  readonly slots: readonly TouchedSlot[]
}

/** An account as it is at one moment; an account that is not there has zeros. */
export interface AccountView {
  /** In wei. */
  readonly balance: bigint
  readonly nonce: bigint
  /** That of no bytes where there is no code, or no account. */
  readonly codeHash: bigint
  code(): Uint8Array
}

/** A slot that the transaction met. */
export interface TouchedSlot {
  readonly key: bigint
  readonly before: bigint
  readonly after: bigint
}
