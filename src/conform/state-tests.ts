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
import { privateKeyToAddress } from '../chain/sign.ts'
import { type AccessListEntry, newTransaction, type Transaction } from '../chain/transaction.ts'
import type { Crypto } from '../core/crypto.ts'
import { Driver, NO_LIMITS } from '../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { haltName } from '../core/halt.ts'
import { bytesToHex, hexToBytes, parseAddress, parseQuantity } from '../core/hex.ts'
import { extend, type Table } from '../core/table.ts'
import type { Tracer } from '../core/tracer.ts'
import { MemorySource } from '../state/memory-source.ts'
import { merklePatricia } from '../state/merkle-patricia.ts'
import type { StateSource } from '../state/source.ts'
import { State } from '../state/state.ts'
import { sharedTier, type TierChoice, type TierName, tiersOf } from '../wasm/tiers.ts'
import { asArray, asObject, type Json, readEnvironment, testBlockHash } from './fixture.ts'
import type { CaseResult } from './result.ts'

/** One transaction of one test under one fork: the unit that passes or fails. */
export interface StateCase {
  /** The test's name and the index of the case within its fork. */
  readonly name: string
  readonly fork: string
  readonly index: number
  /** Which of the test's data, gas limits and values it takes. */
  readonly indexes: { readonly d: number; readonly g: number; readonly v: number }
  /** Runs it under this table, in the reference tier unless another is named. */
  run(table: Table, crypto: Crypto, tracer?: Tracer, tier?: TierName): StateOutcome
  /** The same on a source that loads on demand, made of the one that holds the state before. */
  runAsync(
    table: Table,
    crypto: Crypto,
    over: (pre: StateSource) => StateSource,
    tracer?: Tracer,
  ): Promise<StateOutcome>
}

export interface StateOutcome {
  readonly stateRoot: string
  readonly logsHash: string
  /** What the transaction did, or why it was refused; an error where it could not even be read. */
  readonly result: TransactionResult | Rejection | ZvmError
  /** Why the case fails; null if it passes. */
  readonly failure: string | null
  /** The state after it. */
  readonly state: MemorySource
}

/** Every case of a state test file (all formats from 2017 on), in the order of the file. */
export function* stateCases(file: unknown, place: string): Iterable<StateCase> {
  for (const [name, entry] of Object.entries(asObject(file, place))) {
    const test = asObject(entry, `${place}: ${name}`)
    const source = new MemorySource(testBlockHash)
    const pre = readAlloc(test.pre, `${place}: ${name}.pre`, source)
    for (const [fork, posts] of Object.entries(asObject(test.post, `${place}: ${name}.post`)))
      for (const [index, post] of asArray(posts, `${place}: ${name}.post.${fork}`).entries()) {
        const at = `${place}: ${name}.post.${fork}[${index}]`
        const expected = asObject(post, at)
        const { data, gas, value } = asObject(expected.indexes, `${at}.indexes`)
        yield {
          name,
          fork,
          index,
          indexes: { d: Number(data), g: Number(gas), v: Number(value) },
          run: (table, crypto, tracer, tier) =>
            runCase(prepare(test, pre, expected, at, table), crypto, tracer, tier),
          runAsync: (table, crypto, over, tracer) =>
            runCaseAsync(prepare(test, pre, expected, at, table), crypto, over, tracer),
        }
      }
  }
}

/**
 * Runs every case of a file whose fork `tableOf` knows; the others are skipped. Where several tiers are chosen, each
 * runs the case, and a difference between them is a failure.
 */
export function* runStateTests(
  file: unknown,
  place: string,
  tableOf: (fork: string) => Table | null,
  crypto: Crypto,
  choice: TierChoice,
): Iterable<CaseResult> {
  for (const test of stateCases(file, place)) {
    const { fork } = test
    const label = `${test.name}[${test.index}]`
    const table = tableOf(fork)
    if (!table) yield { case: label, fork, outcome: 'skipped', reason: `no fork ${fork}` }
    else {
      const reason = failureIn(test, table, crypto, tiersOf(choice))
      yield reason === null
        ? { case: label, fork, outcome: 'passed' }
        : { case: label, fork, outcome: 'failed', reason }
    }
  }
}

function failureIn(test: StateCase, table: Table, crypto: Crypto, tiers: readonly TierName[]): string | null {
  const outcomes = tiers.map((tier) => test.run(table, crypto, undefined, tier))
  const [judge, ...others] = outcomes.map(summary)
  const differing = others.findIndex((other) => other !== judge)
  if (differing >= 0)
    return `tier ${tiers[differing + 1]} differs: ${others[differing]}, ${tiers[0]} gives ${judge}`
  return outcomes[0].failure
}

/** All that tiers must agree in, as text. */
function summary({ stateRoot, logsHash: logs, result }: StateOutcome): string {
  if (!('status' in result)) return `refused: ${result.message}`
  const { status, halt, gasUsed, gasRefunded, steps, output } = result
  return `${status} ${haltName(halt)} gas ${gasUsed} refund ${gasRefunded} steps ${steps} output ${bytesToHex(output)} logs ${logs} root ${stateRoot}`
}

/** A case that can be run once. */
interface Prepared {
  readonly post: Json
  readonly table: Table
  readonly context: BlockContext
  /** The state before; in the end the state after. */
  readonly source: MemorySource
  /** The coinbase is touched even where the transaction was refused: older files were filled so. */
  readonly alwaysTouches: boolean
  /** Throws where the file's transaction cannot be read, which may be what is expected. */
  readonly readTransaction: () => { readonly tx: Transaction; readonly sender: bigint }
}

function prepare(test: Json, pre: MemorySource, post: Json, place: string, fork: Table): Prepared {
  const config = asObject(test.config ?? {}, `${place}: config`)
  const table = withBlobSchedule(fork, config, place)
  const { excessBlobGas, ...env } = readEnvironment(test.env, `${place}: env`)
  const { blob } = table.rules
  const block = { ...env, blobBaseFee: blob ? blobBaseFee(excessBlobGas, blob) : 0n }
  const chainId =
    config.chainid === undefined ? 1n : parseQuantity(config.chainid, `${place}: config.chainid`)
  return {
    post,
    table,
    context: { chainId, block, gasLeft: block.gasLimit, blobGasUsed: 0n },
    source: pre.fork(),
    alwaysTouches: test.config === undefined,
    readTransaction: () => readTransaction(test, post, place),
  }
}

function runCase(
  ready: Prepared,
  crypto: Crypto,
  tracer?: Tracer,
  tier: TierName = 'reference',
): StateOutcome {
  const { table, source, context } = ready
  const state = new State(source)
  let result: StateOutcome['result']
  try {
    const { tx, sender } = ready.readTransaction()
    const driver = new Driver(table, state, crypto, NO_LIMITS, sharedTier(tier, table))
    driver.tracer = tracer ?? null
    result = executeTransaction(driver, state, tx, sender, context)
  } catch (error) {
    result = asResult(error)
  }
  return conclude(ready, state, result)
}

async function runCaseAsync(
  ready: Prepared,
  crypto: Crypto,
  over: (pre: StateSource) => StateSource,
  tracer?: Tracer,
): Promise<StateOutcome> {
  const { table, source, context } = ready
  const state = new State(over(source))
  let result: StateOutcome['result']
  try {
    const { tx, sender } = ready.readTransaction()
    const driver = new Driver(table, state, crypto)
    driver.tracer = tracer ?? null
    result = await executeTransactionAsync(driver, state, tx, sender, context)
  } catch (error) {
    result = asResult(error)
  }
  source.apply(state.changes())
  return conclude(ready, new State(source), result)
}

function asResult(error: unknown): ZvmError {
  if (error instanceof ZvmError) return error
  throw error
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
    stateRoot: bytesToHex(source.root(merklePatricia)),
    logsHash: bytesToHex(logsHash('status' in result ? result.logs : [])),
    result,
    state: source,
  }
  return { ...outcome, failure: failureOf(outcome, post) }
}

function failureOf(outcome: Omit<StateOutcome, 'failure'>, post: Json): string | null {
  const { result } = outcome
  const expected = post.expectException
  const wasRefused = !('status' in result)
  if (expected && !wasRefused) return `expected exception ${expected}, but the transaction was executed`
  if (!expected && wasRefused) return `unexpected exception: ${result.message}`
  if (outcome.stateRoot !== post.hash) return `state root ${outcome.stateRoot}, expected ${post.hash}`
  if (outcome.logsHash !== post.logs) return `logs hash ${outcome.logsHash}, expected ${post.logs}`
  return null
}

const scheduled = new Map<string, Table>()

/** The fork with the blob schedule the test's own configuration names for it. */
function withBlobSchedule(fork: Table, config: Json, place: string): Table {
  const schedules = asObject(config.blobSchedule ?? {}, `${place}: config.blobSchedule`)
  const entry = schedules[fork.name]
  if (entry === undefined || !fork.rules.blob) return fork
  const key = `${fork.name} ${JSON.stringify(entry)}`
  const known = scheduled.get(key)
  if (known) return known
  const schedule = asObject(entry, `${place}: config.blobSchedule.${fork.name}`)
  const field = (name: string) => Number(parseQuantity(schedule[name], `${place}: blobSchedule.${name}`, 53))
  const blob = { target: field('target'), max: field('max'), updateFraction: field('baseFeeUpdateFraction') }
  const table = extend(fork, fork.name, [{ eip: 7840, title: 'Blob schedule of the test', rules: { blob } }])
  scheduled.set(key, table)
  return table
}

function readTransaction(test: Json, post: Json, place: string): { tx: Transaction; sender: bigint } {
  const fields = asObject(test.transaction, `${place}: transaction`)
  const indexes = asObject(post.indexes, `${place}.indexes`)
  const pick = (list: unknown, name: string) =>
    asArray(list, `${place}: transaction.${name}`)[Number(indexes[name])]
  const quantity = (name: string) => parseQuantity(fields[name], `${place}: transaction.${name}`)
  const to =
    fields.to === '' || fields.to === undefined ? null : parseAddress(fields.to, `${place}: transaction.to`)
  const accessLists =
    fields.accessLists === undefined ? null : asArray(fields.accessLists, `${place}: accessLists`)
  const accessList = accessLists?.[Number(indexes.data)] ?? null
  const isFeeMarket = fields.maxFeePerGas !== undefined
  const common = {
    nonce: quantity('nonce'),
    gasLimit: parseQuantity(pick(fields.gasLimit, 'gas'), `${place}: transaction.gasLimit`),
    to,
    value: parseQuantity(pick(fields.value, 'value'), `${place}: transaction.value`),
    data: hexToBytes(pick(fields.data, 'data'), `${place}: transaction.data`),
    ...(accessList === null ? {} : { accessList: readAccessList(accessList, `${place}: accessLists`) }),
    ...(isFeeMarket
      ? { maxFeePerGas: quantity('maxFeePerGas'), maxPriorityFeePerGas: quantity('maxPriorityFeePerGas') }
      : { gasPrice: quantity('gasPrice') }),
  }
  const tx = newTransaction({ ...common, ...typedFields(fields, isFeeMarket, accessList !== null, place) })
  return { tx, sender: readSender(fields, place) }
}

function typedFields(
  fields: Json,
  isFeeMarket: boolean,
  hasAccessList: boolean,
  place: string,
): Partial<Transaction> {
  if (fields.authorizationList !== undefined)
    return {
      type: 4,
      authorizations: asArray(fields.authorizationList, `${place}: authorizationList`).map(readAuthorization),
    }
  if (fields.blobVersionedHashes !== undefined)
    return {
      type: 3,
      maxFeePerBlobGas: parseQuantity(fields.maxFeePerBlobGas, `${place}: maxFeePerBlobGas`),
      blobHashes: asArray(fields.blobVersionedHashes, `${place}: blobVersionedHashes`).map((hash, i) =>
        parseQuantity(hash, `${place}: blobVersionedHashes[${i}]`),
      ),
    }
  return { type: isFeeMarket ? 2 : hasAccessList ? 1 : 0 }
}

function readAccessList(value: unknown, place: string): AccessListEntry[] {
  return asArray(value, place).map((item, i) => {
    const entry = asObject(item, `${place}[${i}]`)
    const keys = asArray(entry.storageKeys, `${place}[${i}].storageKeys`)
    return {
      address: parseAddress(entry.address, `${place}[${i}].address`),
      keys: keys.map((key, j) => parseQuantity(key, `${place}[${i}].storageKeys[${j}]`)),
    }
  })
}

function readAuthorization(value: unknown, index: number): Transaction['authorizations'][number] {
  const place = `authorizationList[${index}]`
  const auth = asObject(value, place)
  const quantity = (name: string) => parseQuantity(auth[name], `${place}.${name}`)
  return {
    chainId: quantity('chainId'),
    address: parseAddress(auth.address, `${place}.address`),
    nonce: quantity('nonce'),
    yParity: Number(parseQuantity(auth.yParity ?? auth.v, `${place}.v`, 53)),
    r: quantity('r'),
    s: quantity('s'),
  }
}

const senders = new Map<unknown, bigint>()

/** The sender as named, or derived from the secret key; keys are few, deriving is slow. */
function readSender(fields: Json, place: string): bigint {
  if (fields.sender !== undefined) return parseAddress(fields.sender, `${place}: transaction.sender`)
  const known = senders.get(fields.secretKey)
  if (known !== undefined) return known
  const key = hexToBytes(fields.secretKey, `${place}: transaction.secretKey`)
  if (key.length !== 32)
    throw new ZvmError(ERROR_CODES.value, `${place}: transaction.secretKey: not 32 bytes`)
  const sender = privateKeyToAddress(key)
  senders.set(fields.secretKey, sender)
  return sender
}
