import { type BlockOutline, closeBlock, openBlock, type Steps } from '../chain/apply-block.ts'
import type { BlockRejection } from '../chain/block-rejection.ts'
import { attemptTransaction, type BlockContext } from '../chain/execute.ts'
import { blobGasOf } from '../chain/fees.ts'
import type { Rejection } from '../chain/rejection.ts'
import { trySettle, VoidRun } from '../chain/settle.ts'
import type { Crypto } from '../core/crypto.ts'
import { Driver, NO_LIMITS } from '../core/driver.ts'
import type { Tracer } from '../core/tracer.ts'
import type { StateSource } from '../state/source.ts'
import { State } from '../state/state.ts'
import type { TierName } from '../wasm/tier-names.ts'
import { sharedTier } from '../wasm/tiers.ts'
import type { BlockPlan, PlannedTransaction } from './block-plan.ts'
import { BLOCK_DEFAULTS } from './bundle.ts'
import { Comparison, comparePost, compareResult, type Difference, type Executed } from './compare.ts'

/** What came of a transaction, and what of it differs from what the chain says. */
export interface Checked extends Executed {
  /** How many values were compared; empty `differences` over none would say nothing. */
  readonly compared: number
  readonly differences: readonly Difference[]
}

/** How far a block has got. */
export interface BlockProgress {
  readonly gasUsed: bigint
  readonly blobGasUsed: bigint
  /** Logs of the transactions so far. */
  readonly logs: number
}

/** Runs transactions of one block after each other on a state of its own. */
export class BlockRunner {
  readonly state: State
  readonly #plan: BlockPlan
  readonly #driver: Driver
  #progress: BlockProgress

  /** `tier` runs what is not traced; `progress` is that of the transactions before, none unless the block tells. */
  constructor(
    plan: BlockPlan,
    source: StateSource,
    crypto: Crypto,
    tier: TierName,
    progress?: BlockProgress,
  ) {
    this.#plan = plan
    this.state = new State(source)
    this.#driver = new Driver(plan.table, this.state, crypto, NO_LIMITS, sharedTier(tier, plan.table))
    const gasUsed = plan.block.gasUsedBefore ?? BLOCK_DEFAULTS.gasUsedBefore
    this.#progress = progress ?? { gasUsed, blobGasUsed: 0n, logs: 0 }
  }

  get progress(): BlockProgress {
    return this.#progress
  }

  /** Does what happens before the first transaction of the block. */
  open(outline: BlockOutline): BlockRejection | VoidRun | null {
    return this.#drive(openBlock(this.#driver, this.state, outline))
  }

  /** Does what happens after the last one: the request lists of contracts. */
  close(outline: BlockOutline): Uint8Array[] | BlockRejection | VoidRun {
    this.#driver.tracer = null
    return this.#drive(closeBlock(this.#driver, this.state, outline))
  }

  #drive<T>(work: Steps<T>): T | VoidRun {
    for (let next = work.next(); ; ) {
      if (next.done) return next.value
      const outcome = trySettle(this.#driver, this.state, next.value)
      if (outcome instanceof VoidRun) {
        this.state.rollback()
        return outcome
      }
      next = work.next(outcome)
    }
  }

  /**
   * Runs one under a tracer, if there is one, and compares it. `later` will watch it when it is run again. After a void
   * run those that follow run on what it did, and so show what they need although all of them are void.
   */
  run(
    planned: PlannedTransaction,
    tracer: Tracer | null = null,
    later: Tracer | null = null,
  ): Checked | Rejection | VoidRun {
    const { tx, sender, expected } = planned
    const { environment, table } = this.#plan
    this.#driver.tracer = tracer
    const attempt = () => attemptTransaction(this.#driver, this.state, tx, sender, this.#context(), later)
    const outcome = trySettle(this.#driver, this.state, attempt)
    if (outcome instanceof VoidRun) {
      keepVoid(this.state)
      return outcome
    }
    if (!('status' in outcome)) return outcome
    const blobGasUsed = table.rules.blob ? blobGasOf(tx, table.rules.blob) : 0n
    this.pass(outcome.gasUsed, blobGasUsed, outcome.logs.length)
    const executed: Executed = {
      tx,
      sender,
      result: outcome,
      cumulativeGasUsed: this.#progress.gasUsed,
      blobGasUsed,
      blobGasPrice: environment.blobBaseFee,
    }
    const comparison = new Comparison()
    compareResult(comparison, expected, executed)
    comparePost(comparison, expected, this.state)
    return { ...executed, ...comparison }
  }

  /** Counts gas of a transaction as used, be it run here or not. */
  pass(gasUsed: bigint, blobGasUsed: bigint, logs: number): void {
    const { gasUsed: before, blobGasUsed: blobBefore, logs: logsBefore } = this.#progress
    this.#progress = {
      gasUsed: before + gasUsed,
      blobGasUsed: blobBefore + blobGasUsed,
      logs: logsBefore + logs,
    }
  }

  /** Goes on after a void run, which may have ended early, so that the next ones of its sender show what they need. */
  passVoid({ tx, sender }: PlannedTransaction, gasUsed: bigint): void {
    this.pass(gasUsed, 0n, 0)
    this.state.beginTransaction()
    this.state.setNonce(sender, tx.nonce + 1n)
    keepVoid(this.state)
  }

  #context(): BlockContext {
    const { chain, environment } = this.#plan
    const { gasUsed, blobGasUsed, logs: logsBefore } = this.#progress
    const gasLeft = environment.gasLimit - gasUsed
    return { chainId: chain.chainId, block: environment, gasLeft, blobGasUsed, logsBefore }
  }
}

/** Ends a void run and keeps what it did, placeholders too. */
function keepVoid(state: State): void {
  state.misses.length = 0
  state.endTransaction(false)
}

export function isChecked(outcome: Checked | Rejection | VoidRun): outcome is Checked {
  return 'result' in outcome
}
