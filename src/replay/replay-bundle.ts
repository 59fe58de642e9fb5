import type { TransactionResult } from '../chain/execute.ts'
import { notLoaded, VoidRun } from '../chain/settle.ts'
import { type Signed, signaturesOf } from '../chain/signature.ts'
import type { Transaction } from '../chain/transaction.ts'
import { decodeTransaction } from '../chain/transaction-codec.ts'
import type { Crypto } from '../core/crypto.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { toQuantity } from '../core/hex.ts'
import type { Table } from '../core/table.ts'
import type { Tracer } from '../core/tracer.ts'
import { MemorySource } from '../state/memory-source.ts'
import type { AccountChange, StateSource } from '../state/source.ts'
import { type BlockPlan, invalid, placeOf, planOfBundle, rawPlace } from './block-plan.ts'
import { BlockRunner, isChecked } from './block-runner.ts'
import type { Bundle } from './bundle.ts'
import type { Difference } from './compare.ts'
import { tierFor } from './starting-tier.ts'

/** A replayed transaction. */
export interface ReplayedTransaction {
  readonly hash: bigint
  readonly sender: bigint
  readonly transaction: Transaction
  readonly result: TransactionResult
  /** How many values were compared; empty `differences` over none would say nothing. */
  readonly compared: number
  readonly differences: readonly Difference[]
}

/** How a bundle is replayed. */
export interface ReplayOptions {
  /** The tracer to put on a transaction, by its place in the bundle and its hash; null for none. */
  tracer?(index: number, hash: bigint): Tracer | null
}

/** The transactions of a bundle, replayed, with what they changed of the state that it holds. */
export interface BundleRun {
  readonly plan: BlockPlan
  readonly transactions: readonly ReplayedTransaction[]
  readonly found: StateSource
  readonly changes: readonly AccountChange[]
}

/**
 * Runs the transactions of a bundle in order and compares each with what the chain said. `table` is the fork that the
 * bundle names. Throws INVALID_TRANSACTION for one that cannot be included: nothing after it would mean anything.
 */
export function replayBundle(
  bundle: Bundle,
  fork: Table,
  crypto: Crypto,
  options: ReplayOptions = {},
): readonly ReplayedTransaction[] {
  return runBundle(bundle, fork, crypto, options).transactions
}

/** As `replayBundle`, with the state before and after. */
export function runBundle(bundle: Bundle, fork: Table, crypto: Crypto, options: ReplayOptions): BundleRun {
  const plan = planOfBundle(bundle, fork, crypto)
  const found = sourceOfBundle(bundle)
  // Generated code is not worth making where all that runs is traced.
  const gas = plan.transactions.reduce((sum, { tx, expected }) => sum + (expected.gasUsed ?? tx.gasLimit), 0n)
  const runner = new BlockRunner(plan, found, crypto, options.tracer ? 'reference' : tierFor(gas))
  const transactions = plan.transactions.map((planned, index) => {
    const outcome = runner.run(planned, options.tracer?.(index, planned.hash) ?? null)
    if (outcome instanceof VoidRun) throw notLoaded(outcome.misses)
    if (!isChecked(outcome)) throw invalid(placeOf(bundle.name, index), outcome.message)
    const { result, compared, differences } = outcome
    const { hash, sender, tx: transaction } = planned
    return { hash, sender, transaction, result, compared, differences }
  })
  return { plan, transactions, found, changes: [...runner.state.changes()] }
}

/** What the transactions of a bundle have signed. Throws as `replayBundle` does on one that cannot be decoded. */
export function bundleSignatures({ name, transactions }: Bundle): Signed[] {
  return transactions.flatMap(({ raw }, i) =>
    raw === undefined ? [] : signaturesOf(decodeTransaction(raw, rawPlace(name, i))),
  )
}

/** The state that a bundle holds. */
export function sourceOfBundle(bundle: Bundle): MemorySource {
  const source = new MemorySource((number) => {
    const hash = bundle.block.blockHashes.get(number)
    if (hash !== undefined) return hash
    const where = `block.blockHashes[${toQuantity(number)}]`
    throw new ZvmError(
      ERROR_CODES.missingBlockHash,
      `${bundle.name}: ${where}: the hash is needed and not given`,
    )
  })
  for (const [address, { nonce, balance, code, storage }] of bundle.pre)
    source.set(address, nonce, balance, code, new Map(storage))
  return source
}
