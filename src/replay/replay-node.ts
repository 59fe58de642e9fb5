import type { BlockRejection } from '../chain/block-rejection.ts'
import { NETWORKS } from '../chain/networks.ts'
import type { Rejection } from '../chain/rejection.ts'
import { VoidRun } from '../chain/settle.ts'
import { signaturesOf } from '../chain/signature.ts'
import { encodeTransaction } from '../chain/transaction-codec.ts'
import type { Crypto } from '../core/crypto.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { toFixedHex, toQuantity } from '../core/hex.ts'
import type { Table } from '../core/table.ts'
import type { Tracer } from '../core/tracer.ts'
import type { AccountChange, Miss } from '../state/source.ts'
import { invalid } from './block-plan.ts'
import { BlockRunner, type Checked, isChecked } from './block-runner.ts'
import type { Bundle } from './bundle.ts'
import type { Comparison } from './compare.ts'
import { compareBlock } from './compare-block.ts'
import { mergeChanges, OverlaySource } from './overlay-source.ts'
import { type Override, OverrideSource } from './override.ts'
import { RecordingSource } from './recording-source.ts'
import { type NodeBlock, type NodeTransaction, readAccessList } from './rpc/answers.ts'
import { accessed, accessListCall, namedState, prestateCall, prestateKeys } from './rpc/guess.ts'
import { type Attempt, untilLoaded } from './rpc/load-rounds.ts'
import { type NodePlan, planOfNode } from './rpc/node-plan.ts'
import type { ProvenSource } from './rpc/proven-source.ts'
import type { Answer } from './rpc/rpc.ts'
import type { BlockAnswer, BlockId, RpcChain } from './rpc/rpc-chain.ts'
import type { LoadingSource } from './rpc/source.ts'
import { provenParent, verifyBlock } from './rpc/verify-block.ts'

/** The rules of a chain: by block, or one table for all. */
export interface RuleSchedule {
  readonly chainId: bigint
  tableAt(number: bigint, timestamp: bigint): Table
}

export interface NodeReplayOptions {
  /** The rules to run under; left out, those of the public network with the node's chain id. */
  readonly rules?: RuleSchedule | Table
  readonly crypto?: Crypto
  /** The tracer to put on a transaction, by its place among those asked for and its hash; null for none. */
  tracer?(index: number, hash: bigint): Tracer | null
  /** Runs a transaction on the state at the start of its block, without those before it. */
  readonly quick?: boolean
  /** What if: state and block are otherwise for the transactions asked for, not for those before them. */
  readonly override?: Override
  /** Hash of the block, which is trusted: nothing that a node says is believed without proof. */
  readonly verify?: bigint
}

/** A transaction that could not be run. */
export interface PassedOver {
  readonly hash: bigint
  readonly index: number
  /** Why. */
  readonly passedOver: string
}

/** What came of a transaction of a block. */
export type NodeOutcome = (Checked & { readonly hash: bigint; readonly index: number }) | PassedOver

/** Transactions of a block of a node, replayed. */
export interface NodeReplay {
  readonly plan: NodePlan
  /** Place of the first in the block. */
  readonly first: number
  readonly transactions: readonly NodeOutcome[]
  /** The whole block compared with its header; null where not all of it was run. */
  readonly block: Comparison | null
  /** What they found, of all that they touched. */
  readonly found: RecordingSource
  /** What was changed before them: by the system calls of the block, and the transactions before. */
  readonly opening: readonly AccountChange[]
  /** What they changed. */
  readonly changes: readonly AccountChange[]
  /** Gas of the block that was used before the first. */
  readonly gasUsedBefore: bigint
  /** Rounds of requests that the node was asked. */
  readonly rounds: number
}

/** Replays one transaction: those before it in its block are run first, and not traced. */
export async function replayTransaction(
  chain: RpcChain,
  hash: bigint,
  options: NodeReplayOptions,
): Promise<NodeReplay> {
  const before = chain.rpc.rounds
  const { blockHash, index } = await chain.locate(hash)
  const replay = await replayPart(chain, { hash: blockHash }, options, () => [index, index + 1])
  if (replay.transactions[0].hash !== hash) {
    const message = `the node gives another transaction at ${index} of block ${toFixedHex(blockHash, 32)}`
    throw new ZvmError(ERROR_CODES.node, message)
  }
  return { ...replay, rounds: chain.rpc.rounds - before }
}

/** Replays all transactions of a block. */
export async function replayBlock(
  chain: RpcChain,
  id: BlockId,
  options: NodeReplayOptions,
): Promise<NodeReplay> {
  const before = chain.rpc.rounds
  const replay = await replayPart(chain, id, options, (count) => [0, count])
  return { ...replay, rounds: chain.rpc.rounds - before }
}

/** From which transaction to before which, of so many. */
type Part = (count: number) => readonly [from: number, to: number]

async function replayPart(
  chain: RpcChain,
  id: BlockId,
  options: NodeReplayOptions,
  part: Part,
): Promise<Omit<NodeReplay, 'rounds'>> {
  const answer = await chain.block(id)
  if (options.verify !== undefined) verifyBlock(answer, options.verify)
  const { block, chainId, trace } = answer
  const { number, timestamp, parentHash } = block.header
  const table = tableFor(options.rules, chainId, number, timestamp)
  const crypto = options.crypto ?? (await cryptoFor(answer))
  const plan = planOfNode(answer, table, crypto)
  chain.keepSenders(
    answer,
    plan.transactions.map(({ sender }) => sender),
  )
  const [from, to] = part(block.transactions.length)
  const lead = options.quick ? from : 0
  const proven = options.verify === undefined ? null : await provenParent(chain.rpc, block.header)
  const source = proven ?? chain.stateAfter({ hash: parentHash, number: number - 1n }, chainId)
  const watch = tracersOf(block.transactions.slice(from, to), options)
  const attempt = (isTraced: boolean) =>
    run(plan, source, crypto, lead, from, to, options.override, watch, isTraced)
  // A block that is in the cache has its state there too, if it was replayed to the end.
  const early = trace ? null : attempt(false)
  if (!early || 'misses' in early)
    await loadGuess(source, plan, block.transactions.slice(lead, to), to, trace)
  const done = early && 'done' in early ? early.done : await untilLoaded(source, () => attempt(false))
  // A void run must not be seen by a tracer, so it gets a run of its own.
  const traced = options.tracer ? attempt(true) : null
  if (proven && done.block) await compareRoot(done.block, proven, done, block)
  return traced && 'done' in traced ? { ...traced.done, block: done.block } : done
}

/** The changes of the block are those before its first transaction and all after. */
async function compareRoot(
  comparison: Comparison,
  source: ProvenSource,
  { opening, changes }: Pick<NodeReplay, 'opening' | 'changes'>,
  { hash, header }: NodeBlock,
): Promise<void> {
  const root = await source.rootAfter(mergeChanges(opening, changes), hash)
  if (root !== null)
    comparison.check('block.stateRoot', toFixedHex(header.stateRoot, 32), toFixedHex(root, 32))
}

/** The tracer of each transaction, made once: discovery is told of the one that will watch. */
function tracersOf(
  transactions: readonly NodeTransaction[],
  { tracer }: NodeReplayOptions,
): (index: number) => Tracer | null {
  const made = tracer ? transactions.map(({ hash }, index) => tracer(index, hash)) : []
  return (index) => made[index] ?? null
}

/** The primitives, with the senders of a fresh block recovered by workers where they are many. */
async function cryptoFor({ block, senders }: BlockAnswer): Promise<Crypto> {
  const { nodeCrypto } = await import('./node-crypto.ts')
  if (senders) return nodeCrypto
  const { recoverAhead } = await import('./recover-ahead.ts')
  return recoverAhead(
    block.transactions.flatMap(({ tx }) => (tx ? signaturesOf(tx) : [])),
    nodeCrypto,
  )
}

function tableFor(
  given: RuleSchedule | Table | undefined,
  chainId: bigint,
  number: bigint,
  timestamp: bigint,
): Table {
  const rules = given ?? NETWORKS.find(({ schedule }) => schedule.chainId === chainId)?.schedule
  if (!rules) {
    const message = `the rules of chain ${chainId} are not known: name a fork (--fork) or a genesis file (--genesis)`
    throw new ZvmError(ERROR_CODES.usage, message)
  }
  if (!('tableAt' in rules)) return rules
  if (rules.chainId !== chainId) {
    const message = `the node is of chain ${chainId}, the rules are of chain ${rules.chainId}`
    throw new ZvmError(ERROR_CODES.usage, message)
  }
  return rules.tableAt(number, timestamp)
}

/** Loads what the node's own trace names, or else what fields and access lists do. */
async function loadGuess(
  source: LoadingSource,
  { node, table }: NodePlan,
  transactions: readonly NodeTransaction[],
  to: number,
  given: Answer | null,
): Promise<void> {
  const named = namedState(node, table, transactions)
  const trace = given ?? (await source.prefetch(named, [prestateCall({ hash: node.hash })]))[0]
  const touched = trace.fault ? null : prestateKeys(trace.result, to)
  if (touched) {
    await source.prefetch([...named, ...touched])
    return
  }
  const calls = transactions
    .map((each) => accessListCall(each, source.at.number))
    .filter((call) => call !== null)
  const answers = await source.prefetch(named, calls)
  const lists = answers.map(({ result, fault }): Miss[] =>
    fault ? [] : accessed(readAccessList(result, 'node: eth_createAccessList')),
  )
  await source.prefetch(lists.flat())
}

function run(
  plan: NodePlan,
  source: LoadingSource,
  crypto: Crypto,
  lead: number,
  from: number,
  to: number,
  override: Override | undefined,
  watch: (index: number) => Tracer | null,
  isTraced: boolean,
): Attempt<Omit<NodeReplay, 'rounds'>> {
  const misses: Miss[] = []
  const leading = new BlockRunner(plan, source, crypto)
  taken(plan, leading.open(plan.outline), misses)
  for (let i = lead; i < from; i++) runOne(plan, leading, i, misses, null, null)
  const opening = [...leading.state.changes()]
  const before = new OverlaySource(source, opening)
  const found = new RecordingSource(override ? new OverrideSource(before, override) : before)
  const runner = new BlockRunner(overridden(plan, override), found, crypto, 'auto', leading.progress)
  const transactions: NodeOutcome[] = []
  for (let i = from; i < to; i++) {
    const tracer = watch(i - from)
    const outcome = runOne(plan, runner, i, misses, isTraced ? tracer : null, tracer)
    if (outcome) transactions.push(outcome)
  }
  const isWhole = to - from === plan.entries.length && !plan.entries.includes(null)
  const requested = isWhole ? taken(plan, runner.close(plan.outline), misses) : null
  if (misses.length > 0) return { misses }
  const executed = transactions.flatMap((outcome) => ('passedOver' in outcome ? [] : [outcome]))
  const block = requested
    ? compareBlock(plan.node.header, executed, runner.progress, requested, plan.table.rules, crypto)
    : null
  const changes = [...runner.state.changes()]
  const { gasUsed: gasUsedBefore } = leading.progress
  return { done: { plan, first: from, transactions, block, found, opening, changes, gasUsedBefore } }
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
  const { hash, sender, expected } = plan.entries[index]!
  if (outcome instanceof VoidRun) {
    misses.push(...outcome.misses)
    runner.passVoid(sender, expected.gasUsed ?? 0n)
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
  const { transactionHash: hash, gasUsed, blobGasUsed, logs } = plan.receipts[index]
  runner.pass(gasUsed, blobGasUsed ?? 0n, logs.length)
  return { hash, index, passedOver }
}

/** The replayed transactions with all that they need, to be replayed without a node. */
export function createBundle(replay: NodeReplay): Bundle {
  const { plan, first, transactions, found, gasUsedBefore } = replay
  const { number } = plan.block
  const title = transactions.length === 1 ? `transaction ${toFixedHex(transactions[0].hash, 32)}` : plan.name
  return {
    name: title,
    source: `block ${number} of chain ${plan.chain.chainId}, ${toFixedHex(plan.node.hash, 32)}`,
    chain: plan.chain,
    block: { ...plan.block, gasUsedBefore, blockHashes: found.blockHashes },
    pre: found.accounts(),
    transactions: transactions.map((outcome, i) => {
      const { hash } = outcome
      if ('passedOver' in outcome) {
        const what = `transaction ${toFixedHex(hash, 32)} was not run, so no bundle can hold it`
        throw new ZvmError(ERROR_CODES.value, `${plan.name}: ${what}: ${outcome.passedOver}`)
      }
      const { tx, sender, expected } = plan.entries[first + i]!
      return { raw: encodeTransaction(tx), hash, sender, expected }
    }),
  }
}
