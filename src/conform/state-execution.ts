import {
  type BlockContext,
  executeTransaction,
  executeTransactionAsync,
  type TransactionResult,
} from '../chain/execute.ts'
import { blobBaseFee } from '../chain/fees.ts'
import { readAlloc } from '../chain/genesis.ts'
import { logsHash } from '../chain/receipt.ts'
import type { Rejection } from '../chain/rejection.ts'
import type { Crypto } from '../core/crypto.ts'
import { Driver } from '../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToHex, parseQuantity } from '../core/hex.ts'
import { Members } from '../core/members.ts'
import { extend, type Table } from '../core/table.ts'
import type { Tracer } from '../core/tracer.ts'
import { MemorySource } from '../state/memory-source.ts'
import { merklePatricia } from '../state/merkle-patricia.ts'
import type { StateSource } from '../state/source.ts'
import { State } from '../state/state.ts'
import { testBlockHash } from '../state/test-block-hash.ts'
import { asObject, type Json, optionalQuantity, readEnvironment, readText } from './fixture.ts'
import { type Indexes, readIndexes, readTransaction, type SentTransaction } from './state-transaction.ts'
import { type SuiteTier, suiteDriver } from './suite-tier.ts'

/** What came of one case. */
export interface StateOutcome {
  readonly indexes: Indexes
  readonly stateRoot: string
  readonly logsHash: string
  /** What the transaction did, or why it was refused; an error where it could not even be read. */
  readonly result: TransactionResult | Rejection | ZvmError
  /** Why the case fails; null if it passes. */
  readonly failure: string | null
  /** The state after it. */
  readonly state: MemorySource
}

/** A test of a file: a state, an environment and transactions, with what came of them under some forks. */
export interface StateTest {
  readonly fields: Json
  readonly place: string
}

/** What a test expects of one case. */
export interface Post {
  readonly fork: string
  readonly indexes: Indexes
  readonly hash: string
  readonly logs: string
  /** Names of exceptions one of which refuses the transaction; absent where it is executed. */
  readonly exception: string | undefined
}

/** Reads an entry of `post`. Throws VALUE. */
export function readPost(value: unknown, { place }: StateTest, fork: string, index: number): Post {
  const members = new Members(value, `${place}.post.${fork}[${index}]`)
  return {
    fork,
    indexes: members.required('indexes', readIndexes),
    hash: members.required('hash', readText).toLowerCase(),
    logs: members.required('logs', readText).toLowerCase(),
    exception: members.optional('expectException', readText),
  }
}

/** What all cases of a test share: its environment and the state before. */
interface Scene {
  readonly test: StateTest
  readonly env: ReturnType<typeof readEnvironment>
  readonly pre: MemorySource
}

/** Kept, since the cases of a test come one after the other. */
let lastScene: Scene | null = null

function sceneOf(test: StateTest): Scene {
  if (lastScene?.test === test) return lastScene
  const { fields, place } = test
  const env = readEnvironment(fields.env, `${place}.env`)
  const pre = readAlloc(fields.pre, `${place}.pre`, new MemorySource(testBlockHash))
  lastScene = { test, env, pre }
  return lastScene
}

/** A case that can be run once. */
export interface Prepared {
  readonly post: Post
  readonly table: Table
  readonly context: BlockContext
  /** The state before; in the end the state after. */
  readonly source: MemorySource
  /** The coinbase is touched even where the transaction was refused: older files were filled so. */
  readonly alwaysTouches: boolean
  /** The error where the file's transaction cannot be read, which is what some tests expect. */
  readonly sent: SentTransaction | ZvmError
}

/** Reads all but the entry of `post`. Throws VALUE, but not for a transaction whose refusal is expected. */
export function prepare(test: StateTest, post: Post, fork: Table): Prepared {
  const { fields, place } = test
  const config = asObject(fields.config ?? {}, `${place}.config`)
  const table = withBlobSchedule(fork, post.fork, config, `${place}.config`)
  const scene = sceneOf(test)
  const { excessBlobGas, ...env } = scene.env
  const { blob } = table.rules
  const block = { ...env, blobBaseFee: blob ? blobBaseFee(excessBlobGas, blob) : 0n }
  const chainId = optionalQuantity(config.chainid, `${place}.config.chainid`, 1n)
  return {
    post,
    table,
    context: { chainId, block, gasLeft: block.gasLimit, blobGasUsed: 0n },
    source: scene.pre.fork(),
    alwaysTouches: fields.config === undefined,
    sent: readSent(test, post),
  }
}

function readSent({ fields, place }: StateTest, { indexes, exception }: Post): SentTransaction | ZvmError {
  try {
    return readTransaction(fields.transaction, indexes, `${place}.transaction`)
  } catch (error) {
    if (error instanceof ZvmError && exception) return error
    throw error
  }
}

/** Runs a prepared case. */
export function runStateCase(
  ready: Prepared,
  crypto: Crypto,
  tracer?: Tracer,
  tier: SuiteTier = 'reference',
): StateOutcome {
  const { table, source, context, sent } = ready
  const state = new State(source)
  if (sent instanceof ZvmError) return conclude(ready, state, sent)
  const driver = suiteDriver(table, state, crypto, tier)
  driver.tracer = tracer ?? null
  return conclude(ready, state, executeTransaction(driver, state, sent.tx, sent.sender, context))
}

/** The same on a source that loads on demand. */
export async function runStateCaseAsync(
  ready: Prepared,
  crypto: Crypto,
  over: (pre: StateSource) => StateSource,
  tracer?: Tracer,
): Promise<StateOutcome> {
  const { table, source, context, sent } = ready
  const state = new State(over(source))
  if (sent instanceof ZvmError) return conclude(ready, new State(source), sent)
  const driver = new Driver(table, state, crypto)
  driver.tracer = tracer ?? null
  const result = await executeTransactionAsync(driver, state, sent.tx, sent.sender, context)
  source.apply(state.changes())
  return conclude(ready, new State(source), result)
}

/** The end of the block as the suites were filled, and the verdict. */
function conclude(ready: Prepared, state: State, result: StateOutcome['result']): StateOutcome {
  const { table, source, context, post } = ready
  // The coinbase gets a reward of nothing, which before EIP-161 creates it.
  if ('status' in result || ready.alwaysTouches) {
    state.beginTransaction()
    state.touch(context.block.coinbase)
    state.endTransaction(table.rules.clearEmpty)
  }
  source.apply(state.changes())
  const outcome = {
    indexes: post.indexes,
    stateRoot: bytesToHex(source.root(merklePatricia)),
    logsHash: bytesToHex(logsHash('status' in result ? result.logs : [])),
    result,
    state: source,
  }
  return { ...outcome, failure: failureOf(outcome, post) }
}

function failureOf(outcome: Omit<StateOutcome, 'failure'>, { hash, logs, exception }: Post): string | null {
  const { result } = outcome
  const wasRefused = !('status' in result)
  if (exception && !wasRefused) return `expected exception ${exception}, but the transaction was executed`
  if (!exception && wasRefused) return `unexpected exception: ${result.message}`
  if (outcome.stateRoot !== hash) return `state root ${outcome.stateRoot}, expected ${hash}`
  if (outcome.logsHash !== logs) return `logs hash ${outcome.logsHash}, expected ${logs}`
  return null
}

const scheduled = new Map<string, Table>()

/** The table with the blob schedule that the test's own configuration names for its fork. */
function withBlobSchedule(table: Table, fork: string, config: Json, place: string): Table {
  const schedules = asObject(config.blobSchedule ?? {}, `${place}.blobSchedule`)
  const entry = schedules[fork]
  if (entry === undefined || !table.rules.blob) return table
  const key = `${table.name} ${JSON.stringify(entry)}`
  const known = scheduled.get(key)
  if (known) return known
  const at = `${place}.blobSchedule.${fork}`
  const schedule = asObject(entry, at)
  const field = (name: string) => Number(parseQuantity(schedule[name], `${at}.${name}`, 53))
  const blob = { target: field('target'), max: field('max'), updateFraction: field('baseFeeUpdateFraction') }
  if (blob.updateFraction === 0) throw new ZvmError(ERROR_CODES.value, `${at}.baseFeeUpdateFraction: zero`)
  const own = extend(table, table.name, [{ eip: 7840, title: 'Blob schedule of the test', rules: { blob } }])
  scheduled.set(key, own)
  return own
}
