import { NETWORKS } from '../chain/networks.ts'
import { signaturesOf } from '../chain/signature.ts'
import type { Crypto } from '../core/crypto.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { toFixedHex } from '../core/hex.ts'
import type { Table } from '../core/table.ts'
import type { Tracer } from '../core/tracer.ts'
import type { AccountChange, Miss } from '../state/source.ts'
import type { Comparison } from './compare.ts'
import { explore, type NodeRun, type Opening, type PartRun, runOpening, runPart } from './node-run.ts'
import { mergeChanges } from './overlay-source.ts'
import type { Override } from './override.ts'
import { type NodeBlock, type NodeTransaction, readAccessList } from './rpc/answers.ts'
import { fromNode } from './rpc/fault.ts'
import {
  accessed,
  accessListCalls,
  likelyState,
  loggedState,
  namedState,
  type Prestate,
  prestateCall,
  prestateOf,
} from './rpc/guess.ts'
import { type Attempt, untilLoaded } from './rpc/load-rounds.ts'
import type { LoadingSource } from './rpc/loading-source.ts'
import { type NodePlan, planOfNode } from './rpc/node-plan.ts'
import type { ProvenSource } from './rpc/proven-source.ts'
import type { Answer, Call } from './rpc/rpc.ts'
import type { AskReceipts, BlockAnswer, BlockId, RpcChain } from './rpc/rpc-chain.ts'
import type { RpcSource } from './rpc/source.ts'
import { provenParent, verifyBlock } from './rpc/verify-block.ts'

/** The rules of a chain: by block, or one table for all. */
export interface RuleSchedule {
  readonly chainId: bigint
  tableAt(number: bigint, timestamp: bigint): Table
}

/** How blocks and transactions are replayed from a node. */
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

/** Transactions of a block of a node, replayed. */
export interface NodeReplay extends PartRun {
  readonly plan: NodePlan
  /** Place of the first in the block. */
  readonly first: number
  /** What was changed before them: by the system calls of the block, and the transactions before. */
  readonly opening: readonly AccountChange[]
  /** The same transactions without what was overridden; null where nothing was. */
  readonly original: PartRun | null
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
  const early = options.verify === undefined ? new EarlyState(chain, options, part) : null
  const answer = await chain.block(id, early?.ask)
  if (options.verify !== undefined) verifyBlock(answer, options.verify)
  const { block, trace } = answer
  const table = tableFor(options, answer)
  const crypto = options.crypto ?? (await cryptoFor(answer))
  const plan = planOfNode(answer, table, crypto)
  chain.keepSenders(
    answer,
    plan.transactions.map(({ sender }) => sender),
  )
  const [from, to] = part(block.transactions.length)
  const lead = leadOf(from, options)
  const proven = early ? null : await provenParent(chain, block.header)
  const source = proven ?? early?.source ?? stateBefore(chain, answer)
  const run = { plan, source, crypto }
  const { override } = options
  const watch = tracersOf(block.transactions.slice(from, to), options)
  const attempt = (): Attempt<Omit<NodeReplay, 'rounds'> & { readonly before: Opening }> => {
    const misses: Miss[] = []
    const before = runOpening(run, lead, from, misses)
    const part = runPart(run, before, from, to, { override, watch, isTraced: false }, misses)
    const original = override
      ? runPart(run, before, from, to, { override: undefined, watch: () => null, isTraced: false }, misses)
      : null
    if (misses.length > 0) return { misses }
    const gasUsedBefore = before.progress.gasUsed
    return {
      done: { ...part, plan, first: from, opening: before.changes, before, original, gasUsedBefore },
    }
  }
  // A block that is in the cache has its state there too, if it was replayed to the end.
  const first = trace ? null : attempt()
  const isKnown = first !== null && 'done' in first
  const likely = isKnown ? [] : await loadGuess(source, run, lead, to, trace, early?.lists ?? null)
  const { before, ...done } = isKnown
    ? first.done
    : await untilLoaded(source, attempt, () => [
        ...explore(run, lead, to),
        ...(override ? explore(run, lead, to, override) : []),
        ...likely.splice(0),
      ])
  if (proven && done.block) await compareRoot(done.block, proven, done, block)
  if (!options.tracer) return done
  // A void run must not be seen by a tracer, so it gets a run of its own.
  const traced = runPart(run, before, from, to, { override, watch, isTraced: true }, [])
  return { ...done, ...traced, block: done.block }
}

/** The transaction to begin with, where the one at `from` is the first asked for. */
function leadOf(from: number, { quick }: NodeReplayOptions): number {
  return quick ? from : 0
}

function stateBefore(chain: RpcChain, { block, chainId }: Pick<BlockAnswer, 'block' | 'chainId'>): RpcSource {
  const { parentHash, number } = block.header
  return chain.stateAfter({ hash: parentHash, number: number - 1n }, chainId)
}

/** Has a node that gives receipts one by one asked in the same round for what can be guessed without them. */
class EarlyState {
  /** What was loaded into; null where the node gave all receipts at once. */
  source: RpcSource | null = null
  /** Access lists of the transactions; null where the node has told by itself what they touch. */
  lists: readonly Answer[] | null = null
  readonly ask: AskReceipts

  constructor(chain: RpcChain, options: NodeReplayOptions, part: Part) {
    this.ask = async (told, calls) => {
      const { block, trace } = told
      const [from, to] = part(block.transactions.length)
      const transactions = block.transactions.slice(leadOf(from, options), to)
      const named = namedState(block, tableFor(options, told), transactions)
      const prestate = prestateIn(trace, to)
      const lists = prestate ? [] : listCalls(block, transactions)
      this.source = stateBefore(chain, told)
      const answers = await this.source.prefetch(
        [...named, ...(prestate?.misses ?? [])],
        [...calls, ...lists],
      )
      if (!prestate) this.lists = answers.slice(calls.length)
      return answers.slice(0, calls.length)
    }
  }
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

/** The rules of a block that is to be replayed. */
function tableFor(
  { rules: given }: NodeReplayOptions,
  { block, chainId }: Pick<BlockAnswer, 'block' | 'chainId'>,
): Table {
  const { number, timestamp } = block.header
  if (number === 0n) throw new ZvmError(ERROR_CODES.usage, 'block 0 is the genesis block: nothing runs in it')
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

/**
 * Loads what the node's own trace names, or else what fields and access lists do. Where these lists were asked for
 * before, `early`, it gives what is left, for the round that the first run needs.
 */
async function loadGuess(
  source: LoadingSource,
  run: NodeRun,
  from: number,
  to: number,
  given: Answer | null,
  early: readonly Answer[] | null,
): Promise<Miss[]> {
  const { node, table, receipts } = run.plan
  const transactions = node.transactions.slice(from, to)
  const named = [...namedState(node, table, transactions), ...loggedState(receipts.slice(from, to))]
  const trace = given ?? (await source.prefetch(named, [prestateCall({ hash: node.hash })]))[0]
  const prestate = prestateIn(trace, to)
  if (prestate) {
    // For the hashes of blocks, which no tracer tells of.
    explore({ ...run, source: prestate.source }, from, to)
    await source.prefetch([...named, ...prestate.misses])
    return []
  }
  const likely = [...named, ...likelyState(transactions, receipts.slice(from, to))]
  const answers = early ?? (await source.prefetch(likely, listCalls(node, transactions)))
  const lists = answers.map(({ result, fault }): Miss[] =>
    fault ? [] : accessed(fromNode(() => readAccessList(result, 'node: eth_createAccessList'))),
  )
  if (early) return [...likely, ...lists.flat()]
  await source.prefetch(lists.flat())
  return []
}

function prestateIn({ result, fault }: Answer, to: number): Prestate | null {
  return fault ? null : prestateOf(result, to)
}

function listCalls({ header }: NodeBlock, transactions: readonly NodeTransaction[]): Call[] {
  return transactions.flatMap((each, i) => accessListCalls(each, header.number, i === 0))
}
