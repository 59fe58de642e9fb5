import { type AnswerRecord, createRuntime, type Intent, readRecord, recordToJson } from '../capabilities.ts'
import { type CallRequest, type CallResult, executeCall } from '../chain/call.ts'
import { concatBytes } from '../core/bytes.ts'
import { isCapabilityName } from '../core/capability-name.ts'
import type { Crypto } from '../core/crypto.ts'
import { Driver, type Limits } from '../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { haltName } from '../core/halt.ts'
import {
  bytesToBareHex,
  bytesToHex,
  hexToBytes,
  parseAddress,
  parseQuantity,
  toFixedHex,
  toQuantity,
} from '../core/hex.ts'
import type { BlockEnvironment, Environment } from '../core/host.ts'
import { EMPTY_CODE_HASH, keccak256 } from '../core/keccak.ts'
import { arrayOf, entriesOf, Members, type Read, readWhole, refuseValue } from '../core/members.ts'
import type { Table } from '../core/table.ts'
import { bigintToBytes } from '../core/word.ts'
import { oneOf, readNullable, readText } from '../ledger/json.ts'
import type { RunReceipt } from '../ledger/record.ts'
import { TARGETS, type Target } from '../runtime/container.ts'
import { MemoryPairs } from '../state/disk/memory-pairs.ts'
import { tellingDamage } from '../state/disk/nodes.ts'
import { ChangingState, type StoredState } from '../state/disk/store.ts'
import { State } from '../state/state.ts'
import { testBlockHash } from '../state/test-block-hash.ts'
import { meetsModules, sourceFor } from './contract-store.ts'
import { declaredAt, tagOf } from './contract-tag.ts'
import { addressOfNext, type Creation, executeCreation } from './creation.ts'
import { formatsOver } from './store-formats.ts'

/** The message that a run is, or the messages that make a contract. */
export interface Sent {
  readonly request: CallRequest
  /** Of a message to nobody; null of another. */
  readonly creates: Creation | null
}

/** All that a run was made of: with it anyone makes it again. `zvm-run/1`. */
export interface RunBundle extends Sent {
  readonly target: Target
  readonly env: Environment
  readonly limits: Limits
  /** Names the table too. */
  readonly record: AnswerRecord
  /** What was read of the store before it was changed: keys in hex, and values. */
  readonly pairs: ReadonlyMap<string, Uint8Array>
}

const FORMAT = 'zvm-run/1'
const BLOCK_FIELDS = [
  ...([
    'number',
    'timestamp',
    'coinbase',
    'gasLimit',
    'difficulty',
    'prevRandao',
    'baseFee',
    'blobBaseFee',
  ] as const),
] satisfies readonly (keyof BlockEnvironment)[]

export function bundleToJson({ target, request, creates, env, limits, record, pairs }: RunBundle): string {
  const { caller, to, value, data, gas } = request
  const message = {
    ...{
      caller: toFixedHex(caller, 20),
      to: to === null ? null : toFixedHex(to, 20),
      value: toQuantity(value),
    },
    ...{ data: bytesToHex(data), gas: toQuantity(gas) },
  }
  const block = Object.fromEntries(BLOCK_FIELDS.map((name) => [name, toQuantity(env.block[name])]))
  const plain = {
    ...{
      format: FORMAT,
      target,
      message,
      ...(creates ? { creates: creationToPlain(creates) } : {}),
      chainId: toQuantity(env.chainId),
      gasPrice: toQuantity(env.gasPrice),
      block,
    },
    ...{ limits, record: JSON.parse(recordToJson(record)) },
    pairs: Object.fromEntries([...pairs].map(([key, bytes]) => [key, bytesToBareHex(bytes)])),
  }
  return `${JSON.stringify(plain, null, 1)}\n`
}

/** Throws VALUE that names the place. */
export function readBundle(value: unknown, place: string): RunBundle {
  const members = new Members(value, place, ': ')
  members.required('format', (text, at) => (text === FORMAT ? null : refuseValue(at, `not ${FORMAT}`)))
  const quantity = (bits: number) => (text: unknown, at: string) => parseQuantity(text, at, bits)
  const target = members.required('target', oneOf(TARGETS))
  const request = members.required('message', (message, at) => {
    const parts = new Members(message, at)
    const request = {
      caller: parts.required('caller', parseAddress),
      to: parts.required('to', readNullable(parseAddress)),
      value: parts.required('value', quantity(256)),
      data: parts.required('data', hexToBytes),
      gas: parts.required('gas', quantity(64)),
    }
    parts.done()
    return request
  })
  const creates = members.optional('creates', readCreation) ?? null
  if ((request.to === null) !== (creates !== null))
    refuseValue(
      `${place}: creates`,
      request.to === null ? 'missing: the message is to nobody' : 'the message is to somebody',
    )
  const chainId = members.required('chainId', quantity(64))
  const gasPrice = members.required('gasPrice', quantity(256))
  const block = members.required('block', (fields, at) => {
    const parts = new Members(fields, at)
    const found = BLOCK_FIELDS.map((name) => [name, parts.required(name, quantity(256))])
    parts.done()
    return Object.fromEntries(found) as BlockEnvironment
  })
  const limits = members.required('limits', (fields, at) => {
    const parts = new Members(fields, at)
    const whole = readWhole(0, Number.MAX_SAFE_INTEGER)
    const found = { steps: parts.required('steps', whole), memoryBytes: parts.required('memoryBytes', whole) }
    parts.done()
    return found
  })
  const record = members.required('record', readRecord)
  const pairs = members.required(
    'pairs',
    (fields, at) => new Map(entriesOf(fields, at).map(([key, text]) => [key, pairOf(key, text, at)])),
  )
  members.done()
  return {
    target,
    request,
    creates,
    env: { chainId, block, origin: request.caller, gasPrice, blobHashes: [] },
    limits,
    record,
    pairs,
  }
}

function creationToPlain({ capabilities, constructorCall }: Creation): object {
  return { capabilities, constructor: constructorCall && bytesToHex(constructorCall) }
}

const readCreation: Read<Creation> = (value, place) => {
  const members = new Members(value, place)
  const name: Read<string> = (text, at) =>
    typeof text === 'string' && isCapabilityName(text) ? text : refuseValue(at, 'no capability')
  const creation = {
    capabilities: members.required('capabilities', arrayOf(name)),
    constructorCall: members.required('constructor', readNullable(hexToBytes)),
  }
  members.done()
  return creation
}

function pairOf(key: string, value: unknown, place: string): Uint8Array {
  hexToBytes(key, `${place}: key`)
  return hexToBytes(readText(1 << 22)(value, `${place}.${key}`), `${place}.${key}`)
}

/**
 * What a receipt says of a run. The code of one that makes a contract is what it leaves there, its input the initcode and
 * what is sent to the constructor, one after the other.
 */
export type RunFacts = Omit<RunReceipt, 'settled'>

/** Begins to take the facts of a run over a state, which ends when the state has what it changed. */
export function watchFacts(
  stored: ChangingState,
  { request: { to, data }, creates }: Sent,
): (result: CallResult, intents: readonly Intent[]) => RunFacts {
  const state_root_before = bytesToBareHex(stored.root)
  const codeBefore = codeHashAt(stored, to)
  const input = concatBytes(data, creates?.constructorCall ?? new Uint8Array(0))
  return (result, intents) => ({
    code_hash: bytesToBareHex(to === null ? codeHashAt(stored, result.contractAddress) : codeBefore),
    ...{ input_hash: bytesToBareHex(keccak256(input)), gas: result.gasUsed, steps: result.steps },
    ...{ state_root_before, state_root_after: bytesToBareHex(stored.root) },
    result_hash: bytesToBareHex(keccak256(new TextEncoder().encode(resultText(result, intents)))),
  })
}

function codeHashAt(stored: StoredState, address: bigint | null): Uint8Array {
  const account = address === null ? null : stored.account(address)
  return bigintToBytes(account?.codeHash ?? EMPTY_CODE_HASH, 32)
}

/** What `result_hash` is of: status, halt, output, logs and intents as JSON. */
function resultText({ status, halt, output, logs }: CallResult, intents: readonly Intent[]): string {
  const plainLogs = logs.map(({ address, topics, data }) => [
    toFixedHex(address, 20),
    topics.map((topic) => toFixedHex(topic, 32)),
    bytesToHex(data),
  ])
  return JSON.stringify([status, haltName(halt), bytesToHex(output), plainLogs, intents])
}

/** Throws MISMATCH where the record in a bundle is of another run than its facts are. */
export function refuseOtherRecord(record: AnswerRecord, facts: RunFacts, place: string): void {
  const members = [
    ['codeHash', facts.code_hash],
    ['inputHash', facts.input_hash],
    ['resultHash', facts.result_hash],
  ] as const
  for (const [member, hash] of members)
    if (record[member] !== `0x${hash}`)
      throw new ZvmError(
        ERROR_CODES.mismatch,
        `${place}: record.${member}: ${record[member]}, and of the run 0x${hash}`,
        { path: place, member },
      )
}

/** Names the file in what is wrong with its record, or with what was read of the state. */
function blaming<T>(place: string, work: () => T): T {
  try {
    return tellingDamage(place, work)
  } catch (error) {
    if (!(error instanceof ZvmError) || !error.message.startsWith('record: ')) throw error
    throw new ZvmError(error.code, `${place}: ${error.message}`, { ...error.details, path: place }, error)
  }
}

/**
 * Makes the run of a bundle again, by the reference tier, and modules as they always run. Throws MISMATCH where its
 * record is another run's, and VALUE where what was read of the state is not what its hashes say.
 */
export function rerun(
  { target, request, creates, env, limits, record, pairs }: RunBundle,
  table: Table,
  place: string,
  crypto: Crypto,
): RunFacts {
  const store = new MemoryPairs()
  for (const [key, value] of pairs) store.put(hexToBytes(key, place), value)
  return blaming(place, () => {
    const stored = new ChangingState(store, { folder: place, blockHash: testBlockHash })
    const formats = meetsModules(stored.settings, target) ? formatsOver(stored) : null
    const factsOf = watchFacts(stored, { request, creates })
    const created = creates && addressOfNext(stored, request.caller)
    const declared = (address: bigint) =>
      creates && address === created ? creates.capabilities : declaredAt(stored, address)
    const runtime = createRuntime({ declared, replay: record })
    const state = new State(sourceFor(stored, target, formats))
    const driver = new Driver(table, state, crypto, limits)
    driver.runtime = runtime
    driver.formats = formats
    const result = creates
      ? executeCreation(driver, state, request, creates.constructorCall, env)
      : executeCall(driver, state, request, env, 'keep')
    runtime.finish()
    stored.apply(state.changes(), () => tagOf(target))
    return factsOf(result, runtime.intents)
  })
}
