import type { BlockRejection } from '../chain/block-rejection.ts'
import type { Rejection } from '../chain/rejection.ts'
import { VoidRun } from '../chain/settle.ts'
import type { Crypto } from '../core/crypto.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { toFixedHex, toQuantity } from '../core/hex.ts'
import type { Tracer } from '../core/tracer.ts'
import type { AccountChange, Miss, StateSource } from '../state/source.ts'
import { invalid } from './block-plan.ts'
import { type BlockProgress, BlockRunner, type Checked, isChecked } from './block-runner.ts'
import type { Comparison } from './compare.ts'
import { compareBlock } from './compare-block.ts'
import { Explorer } from './explorer.ts'
import { GuessingSource } from './guessing-source.ts'
import { OverlaySource } from './overlay-source.ts'
import { type Override, OverrideSource } from './override.ts'
import { RecordingSource } from './recording-source.ts'
import type { NodePlan } from './rpc/node-plan.ts'
import { tierFor } from './starting-tier.ts'

/** A transaction that could not be run. */
export interface PassedOver {
  readonly hash: bigint
  readonly index: number
  /** Why. */
  readonly passedOver: string
}

/** What came of a transaction of a block. */
export type NodeOutcome = (Checked & { readonly hash: bigint; readonly index: number }) | PassedOver

/** A block that is to be run, over the state before it. */
export interface NodeRun {
  readonly plan: NodePlan
  readonly source: StateSource
  readonly crypto: Crypto
}

/** What happened before the transactions asked for: on it they can be run more than once. */
export interface Opening {
  /** What was changed by the system calls of the block, and the transactions before. */
  readonly changes: readonly AccountChange[]
  readonly progress: BlockProgress
}

/**
 * Opens the block and runs its transactions from `lead` to before `from`, those before them taken to have used what
 * their receipts say; what it misses is added to `misses`.
 */
export function runOpening(
  { plan, source, crypto }: NodeRun,
  lead: number,
  from: number,
  misses: Miss[],
): Opening {
  const runner = new BlockRunner(plan, source, crypto, tierFor(gasOf(plan, lead, from)))
  taken(plan, runner.open(plan.outline), misses)
  for (let i = 0; i < lead; i++) passReceipt(plan, runner, i)
  for (let i = lead; i < from; i++) runOne(plan, runner, i, misses, null, null)
  return { changes: [...runner.state.changes()], progress: runner.progress }
}

/** What exploring a transaction may ask for at the most, each round. */
const GUESS_LIMIT = 256

/**
 * What the transactions from `lead` to before `to` would ask for that is not loaded, as far as guesses drive them. Asking
 * for too much only costs requests: nothing else of it is used. What is overridden is so for all of them.
 */
export function explore(
  { plan, source, crypto }: NodeRun,
  lead: number,
  to: number,
  override?: Override,
): Iterable<Miss> {
  const below = override ? new OverrideSource(source, override) : source
  const guessing = new GuessingSource(below, GUESS_LIMIT * (to - lead))
  const runner = new BlockRunner(overridden(plan, override), guessing, crypto, 'reference')
  runner.open(plan.outline)
  for (let i = 0; i < to; i++) {
    const planned = i < lead ? null : plan.entries[i]
    if (planned === null) passReceipt(plan, runner, i)
    else if (!isChecked(runner.run(planned, new Explorer(guessing))))
      runner.passVoid(planned, planned.expected.gasUsed ?? 0n)
  }
  return guessing.guesses
}

/** Transactions of a block, run. */
export interface PartRun {
  readonly transactions: readonly NodeOutcome[]
  /** The whole block compared with its header; null where not all of it was run. */
  readonly block: Comparison | null
  /** What they found, of all that they touched. */
  readonly found: RecordingSource
  /** What they changed. */
  readonly changes: readonly AccountChange[]
}

/** How a part is run. */
export interface PartSettings {
  readonly override: Override | undefined
  /** The tracer that will watch a transaction, by its place among those of the part. */
  watch(index: number): Tracer | null
  /** Whether it watches already now. */
  readonly isTraced: boolean
}

/** Runs the transactions from `from` to before `to`; what is missed is added to `misses`, and then the result means nothing. */
export function runPart(
  { plan, source, crypto }: NodeRun,
  { changes, progress }: Opening,
  from: number,
  to: number,
  { override, watch, isTraced }: PartSettings,
  misses: Miss[],
): PartRun {
  const before = new OverlaySource(source, changes)
  const found = new RecordingSource(override ? new OverrideSource(before, override) : before)
  const runner = new BlockRunner(
    overridden(plan, override),
    found,
    crypto,
    tierFor(gasOf(plan, from, to)),
    progress,
  )
  const transactions: NodeOutcome[] = []
  for (let i = from; i < to; i++) {
    const tracer = watch(i - from)
    const outcome = runOne(plan, runner, i, misses, isTraced ? tracer : null, tracer)
    if (outcome) transactions.push(outcome)
  }
  const isWhole = to - from === plan.entries.length && !plan.entries.includes(null)
  const requested = isWhole ? taken(plan, runner.close(plan.outline), misses) : null
  const executed = transactions.flatMap((outcome) => ('passedOver' in outcome ? [] : [outcome]))
  const roots = plan.receipts.map(({ root }) => root)
  const block =
    requested && misses.length === 0
      ? compareBlock(plan.node.header, executed, runner.progress, requested, plan.table.rules, roots, crypto)
      : null
  return { transactions, block, found, changes: [...runner.state.changes()] }
}

/** What the transactions from `from` to before `to` have used. */
function gasOf({ receipts }: NodePlan, from: number, to: number): bigint {
  return receipts.slice(from, to).reduce((sum, { gasUsed }) => sum + gasUsed, 0n)
}

function overridden(plan: NodePlan, override: Override | undefined): NodePlan {
  return override ? { ...plan, environment: { ...plan.environment, ...override.block } } : plan
}

/** What a step beside the transactions gave; null where it was void. Throws NODE where the block cannot be as it is. */
function taken<T extends Uint8Array[] | null>(
  { name }: NodePlan,
  outcome: T | BlockRejection | VoidRun,
  misses: Miss[],
): T | null {
  if (outcome instanceof VoidRun) {
    misses.push(...outcome.misses)
    return null
  }
  if (outcome === null || Array.isArray(outcome)) return outcome as T
  const { code, message } = outcome as BlockRejection
  // Development chains lack contracts of the protocol, and then have no requests: the hash of all requests tells.
  if (code === 'system-contract-missing') return [] as Uint8Array[] as T
  throw new ZvmError(ERROR_CODES.node, `${name}: ${message}`)
}

/** Null where the run was void: what it missed is added to `misses`, and those after it run on as if it had not been. */
function runOne(
  plan: NodePlan,
  runner: BlockRunner,
  index: number,
  misses: Miss[],
  tracer: Tracer | null,
  later: Tracer | null,
): NodeOutcome | null {
  const planned = plan.entries[index]
  if (planned === null) {
    const { type } = plan.node.transactions[index]
    return passOver(plan, runner, index, `it is of the unknown type ${toQuantity(type)}`)
  }
  const outcome = runner.run(planned, tracer, later)
  if (isChecked(outcome)) return { ...outcome, hash: planned.hash, index }
  return notIncluded(plan, runner, index, outcome, misses)
}

function notIncluded(
  plan: NodePlan,
  runner: BlockRunner,
  index: number,
  outcome: Rejection | VoidRun,
  misses: Miss[],
): PassedOver | null {
  const { hash, expected } = plan.entries[index]!
  if (outcome instanceof VoidRun) {
    misses.push(...outcome.misses)
    runner.passVoid(plan.entries[index]!, expected.gasUsed ?? 0n)
    return null
  }
  // After a void run a refusal means nothing: the next round tells.
  if (misses.length > 0) return null
  const before = plan.entries.indexOf(null)
  if (before >= 0 && before < index) {
    const why = `it depends on transaction ${before}, which was passed over: ${outcome.message}`
    return passOver(plan, runner, index, why)
  }
  throw invalid(`${plan.name}: transaction ${toFixedHex(hash, 32)}`, outcome.message)
}

/** Goes on with the block as its receipts have it. */
function passOver(plan: NodePlan, runner: BlockRunner, index: number, passedOver: string): PassedOver {
  passReceipt(plan, runner, index)
  return { hash: plan.receipts[index].transactionHash, index, passedOver }
}

function passReceipt({ receipts }: NodePlan, runner: BlockRunner, index: number): void {
  const { gasUsed, blobGasUsed, logs } = receipts[index]
  runner.pass(gasUsed, blobGasUsed ?? 0n, logs.length)
}
