import { type AnswerRecord, createRuntime, type Intent, readRecord, recordToJson } from '../capabilities.ts'
import { type CallRequest, type CallResult, executeCall } from '../chain/call.ts'
import type { Crypto } from '../core/crypto.ts'
import { Driver, type Limits } from '../core/driver.ts'
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
import { keccak256 } from '../core/keccak.ts'
import { entriesOf, Members, readWhole, refuseValue } from '../core/members.ts'
import type { Table } from '../core/table.ts'
import { oneOf, readText } from '../ledger/json.ts'
import type { RunReceipt } from '../ledger/record.ts'
import { TARGETS, type Target } from '../runtime/container.ts'
import { COUNTS_KEY } from '../state/disk/layout.ts'
import { MemoryPairs } from '../state/disk/memory-pairs.ts'
import { ChangingState } from '../state/disk/store.ts'
import { State } from '../state/state.ts'
import { testBlockHash } from '../state/test-block-hash.ts'
import { contractOf, OneTarget, tagOf } from './contract-store.ts'

/** All that a run was made of: with it anyone makes it again. `zvm-run/1`. */
export interface RunBundle {
  readonly target: Target
  readonly request: CallRequest & { readonly to: bigint }
  readonly env: Environment
  readonly limits: Limits
  /** Names the table too. */
  readonly record: AnswerRecord
  /** What was read of the store before it was changed: keys in hex, and values. */
  readonly pairs: ReadonlyMap<string, Uint8Array>
}

const FORMAT = 'zvm-run/1'
/** Modules of wasm-lite are in no bundle yet. */
const TABLE_TARGETS = TARGETS.filter((target) => target !== 'wasm-lite')
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

export function bundleToJson({ target, request, env, limits, record, pairs }: RunBundle): string {
  const { caller, to, value, data, gas } = request
  const message = {
    ...{ caller: toFixedHex(caller, 20), to: toFixedHex(to, 20), value: toQuantity(value) },
    ...{ data: bytesToHex(data), gas: toQuantity(gas) },
  }
  const block = Object.fromEntries(BLOCK_FIELDS.map((name) => [name, toQuantity(env.block[name])]))
  const known = [...pairs].filter(([key]) => key !== bytesToBareHex(COUNTS_KEY))
  const plain = {
    ...{
      format: FORMAT,
      target,
      message,
      chainId: toQuantity(env.chainId),
      gasPrice: toQuantity(env.gasPrice),
      block,
    },
    ...{ limits, record: JSON.parse(recordToJson(record)) },
    pairs: Object.fromEntries(known.map(([key, bytes]) => [key, bytesToBareHex(bytes)])),
  }
  return `${JSON.stringify(plain, null, 1)}\n`
}

/** Throws VALUE that names the place. */
export function readBundle(value: unknown, place: string): RunBundle {
  const members = new Members(value, place, ': ')
  members.required('format', (text, at) => (text === FORMAT ? null : refuseValue(at, `not ${FORMAT}`)))
  const quantity = (bits: number) => (text: unknown, at: string) => parseQuantity(text, at, bits)
  const target = members.required('target', oneOf(TABLE_TARGETS))
  const request = members.required('message', (message, at) => {
    const parts = new Members(message, at)
    const request = {
      caller: parts.required('caller', parseAddress),
      to: parts.required('to', parseAddress),
      value: parts.required('value', quantity(256)),
      data: parts.required('data', hexToBytes),
      gas: parts.required('gas', quantity(64)),
    }
    parts.done()
    return request
  })
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
    env: { chainId, block, origin: request.caller, gasPrice, blobHashes: [] },
    limits,
    record,
    pairs,
  }
}

function pairOf(key: string, value: unknown, place: string): Uint8Array {
  hexToBytes(key, `${place}: key`)
  return hexToBytes(readText(1 << 22)(value, `${place}.${key}`), `${place}.${key}`)
}

/** What a receipt says of a run. */
export type RunFacts = Omit<RunReceipt, 'settled'>

/** The facts of a run: `root` is that of the state, 32 bytes, before and after. */
export function factsOf(
  { codeHash, inputHash }: Pick<AnswerRecord, 'codeHash' | 'inputHash'>,
  result: CallResult,
  intents: readonly Intent[],
  rootBefore: Uint8Array,
  rootAfter: Uint8Array,
): RunFacts {
  return {
    ...{
      code_hash: codeHash.slice(2),
      input_hash: inputHash.slice(2),
      gas: result.gasUsed,
      steps: result.steps,
    },
    ...{ state_root_before: bytesToBareHex(rootBefore), state_root_after: bytesToBareHex(rootAfter) },
    result_hash: bytesToBareHex(keccak256(new TextEncoder().encode(resultText(result, intents)))),
  }
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

/** Makes the run of a bundle again, by the reference tier. Throws MISMATCH where its record is another run's. */
export function rerun(
  { target, request, env, limits, record, pairs }: RunBundle,
  table: Table,
  place: string,
  crypto: Crypto,
): RunFacts {
  const store = new MemoryPairs()
  for (const [key, value] of pairs) store.put(hexToBytes(key, place), value)
  const stored = new ChangingState(store, { folder: place, blockHash: testBlockHash })
  const rootBefore = stored.root
  const account = stored.account(request.to)
  const code = account ? stored.code(request.to, account.codeHash) : new Uint8Array(0)
  const declared = (address: bigint) => contractOf(stored, address)?.abi?.capabilities ?? []
  const runtime = createRuntime({ declared, replay: record })
  const state = new State(new OneTarget(stored, target))
  const driver = new Driver(table, state, crypto, limits)
  driver.runtime = runtime
  const result = executeCall(driver, state, request, env, 'keep')
  runtime.finish()
  stored.apply(state.changes(), () => tagOf(target))
  const hashes = { codeHash: bytesToHex(keccak256(code)), inputHash: bytesToHex(keccak256(request.data)) }
  return factsOf(hashes, result, runtime.intents, rootBefore, stored.root)
}
