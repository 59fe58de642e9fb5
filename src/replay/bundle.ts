import type { Transaction } from '../chain/transaction.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { arrayOf, Members } from '../core/members.ts'
import { readFields } from './bundle-fields.ts'
import {
  byAddress,
  byQuantity,
  orNull,
  quantity,
  readAddress,
  readBytes,
  readHash,
  readWord,
  smallQuantity,
  text,
} from './bundle-values.ts'

/** The format read and written here. A change that an old reader would misread gets a new number. */
export const BUNDLE_VERSION = 'zvm-bundle/1'

/**
 * Transactions of one block with all that is needed to run them without a network, and what the chain said of each.
 * What is not certain is left out: an absent member is neither checked nor invented. As JSON it is described by
 * fixtures/schema/zvm-bundle-1.json; here addresses, hashes, keys and amounts are bigint, code and data are bytes.
 */
export interface Bundle {
  readonly name: string
  readonly description?: string | undefined
  /** What recorded it, from which contracts. */
  readonly source?: string | undefined
  readonly chain: BundleChain
  readonly block: BundleBlock
  /**
   * State before the first transaction, after the system calls of its block. Every account and slot that the
   * transactions touch is here, a slot that is zero too; what is not here is empty.
   */
  readonly pre: ReadonlyMap<bigint, BundleAccount>
  /** In the order of the block, with none left out between two. At least one. */
  readonly transactions: readonly BundleTransaction[]
}

/** The chain, as far as its rules go. */
export interface BundleChain {
  readonly chainId: bigint
  /** Name of the fork that is active, such as `osaka`; whether there is such a fork is not checked here. */
  readonly fork: string
  /** Blob parameters of the chain where they are not those of the fork (EIP-7840). */
  readonly blobSchedule?: BundleBlobSchedule | undefined
}

export interface BundleBlobSchedule {
  readonly target: number
  readonly max: number
  readonly updateFraction: number
}

/** The block environment. See `BLOCK_DEFAULTS` for what an absent member means. */
export interface BundleBlock {
  readonly number: bigint
  /** Seconds. */
  readonly timestamp?: bigint | undefined
  readonly coinbase?: bigint | undefined
  readonly gasLimit?: bigint | undefined
  /** Wei per gas. */
  readonly baseFee?: bigint | undefined
  readonly difficulty?: bigint | undefined
  readonly prevRandao?: bigint | undefined
  readonly excessBlobGas?: bigint | undefined
  readonly parentBeaconBlockRoot?: bigint | undefined
  /** Gas that the transactions before the first of this bundle used; `cumulativeGasUsed` counts it in. */
  readonly gasUsedBefore?: bigint | undefined
  /** Hash by number, of every block whose hash is read. */
  readonly blockHashes: ReadonlyMap<bigint, bigint>
}

/** What stands in for a member of the block that is absent: the value that refuses no transaction. */
export const BLOCK_DEFAULTS = {
  timestamp: 0n,
  coinbase: 0n,
  gasLimit: (1n << 63n) - 1n,
  baseFee: 0n,
  difficulty: 0n,
  prevRandao: 0n,
  excessBlobGas: 0n,
  parentBeaconBlockRoot: 0n,
  gasUsedBefore: 0n,
} as const satisfies { [K in keyof Omit<BundleBlock, 'number' | 'blockHashes'>]-?: bigint }

/** An account as it was; in JSON each member may be absent, being zero or empty. */
export interface BundleAccount {
  readonly balance: bigint
  readonly nonce: bigint
  readonly code: Uint8Array
  readonly storage: ReadonlyMap<bigint, bigint>
}

interface Recorded {
  /** Transaction hash as a word. Of a signed transaction the hash of `raw`, to be checked by whoever runs it. */
  readonly hash?: bigint | undefined
  readonly expected: BundleExpected
}

/** A transaction as signed bytes (EIP-2718; a blob transaction without its blobs), or as fields and a sender. */
export type BundleTransaction = Recorded &
  (
    | { readonly raw: Uint8Array; readonly sender?: bigint | undefined; readonly fields?: undefined }
    | { readonly raw?: undefined; readonly sender: bigint; readonly fields: Transaction }
  )

/** What the chain said of a transaction. Every member may be absent and is then not compared. */
export interface BundleExpected {
  /** 1 success, 0 failure, as in receipts since Byzantium. */
  readonly status?: 0 | 1 | undefined
  readonly gasUsed?: bigint | undefined
  readonly cumulativeGasUsed?: bigint | undefined
  /** Wei per gas that the sender paid. */
  readonly effectiveGasPrice?: bigint | undefined
  readonly blobGasUsed?: bigint | undefined
  readonly blobGasPrice?: bigint | undefined
  /** Address that a creation was for; receipts name it also where the creation failed. */
  readonly contractAddress?: bigint | undefined
  /** Data that the outermost message returned or reverted with; absent for a creation that succeeded. */
  readonly output?: Uint8Array | undefined
  /** The node's words: `execution reverted` after REVERT, anything else after an exceptional halt. */
  readonly error?: string | undefined
  readonly logs?: readonly BundleLog[] | undefined
  /** The filter of the logs as the receipt has it, 256 bytes. */
  readonly logsBloom?: Uint8Array | undefined
  /** After the transaction, of every account it touched; null for one that does not exist or is empty (EIP-161). */
  readonly post?: ReadonlyMap<bigint, BundlePostAccount | null> | undefined
}

export interface BundleLog {
  readonly address: bigint
  readonly topics: readonly bigint[]
  readonly data: Uint8Array
}

/** An account afterwards: `code` where the transaction changed it, `storage` of the slots it touched. */
export interface BundlePostAccount {
  readonly balance?: bigint | undefined
  readonly nonce?: bigint | undefined
  readonly code?: Uint8Array | undefined
  readonly storage?: ReadonlyMap<bigint, bigint> | undefined
}

/**
 * Reads the value of a bundle's JSON text (see `parseJson`); `place` is the file or input it came from. Throws VALUE
 * naming place and member for whatever the schema does not allow: numbers other than 0x hex, a value out of range, an
 * unknown member, an address or key given twice.
 */
export function parseBundle(json: unknown, place: string): Bundle {
  const members = new Members(json, place, ': ')
  const version = members.required('version', text(40))
  if (version !== BUNDLE_VERSION)
    refuse(`${place}: version`, `not ${BUNDLE_VERSION} (${JSON.stringify(version)})`)
  const bundle: Bundle = {
    name: members.required('name', text(200)),
    description: members.optional('description', text(10_000)),
    source: members.optional('source', text(10_000)),
    chain: members.required('chain', readChain),
    block: members.required('block', readBlock),
    pre: members.required('pre', byAddress(readAccount)),
    transactions: members.required('transactions', arrayOf(readTransaction)),
  }
  members.done()
  if (bundle.transactions.length === 0) refuse(`${place}: transactions`, 'empty')
  return bundle
}

function readChain(value: unknown, place: string): BundleChain {
  const members = new Members(value, place)
  const chain: BundleChain = {
    chainId: members.required('chainId', readWord),
    fork: members.required('fork', text(64)),
    blobSchedule: members.optional('blobSchedule', readBlobSchedule),
  }
  members.done()
  return chain
}

function readBlobSchedule(value: unknown, place: string): BundleBlobSchedule {
  const members = new Members(value, place)
  const schedule: BundleBlobSchedule = {
    target: members.required('target', smallQuantity(32)),
    max: members.required('max', smallQuantity(32)),
    updateFraction: members.required('updateFraction', smallQuantity(53)),
  }
  members.done()
  // The blob base fee is a quotient by it.
  if (schedule.updateFraction === 0) refuse(`${place}.updateFraction`, 'zero')
  return schedule
}

function readBlock(value: unknown, place: string): BundleBlock {
  const members = new Members(value, place)
  const block: BundleBlock = {
    number: members.required('number', quantity(64)),
    timestamp: members.optional('timestamp', quantity(64)),
    coinbase: members.optional('coinbase', readAddress),
    gasLimit: members.optional('gasLimit', quantity(64)),
    baseFee: members.optional('baseFee', readWord),
    difficulty: members.optional('difficulty', readWord),
    prevRandao: members.optional('prevRandao', readWord),
    excessBlobGas: members.optional('excessBlobGas', quantity(64)),
    parentBeaconBlockRoot: members.optional('parentBeaconBlockRoot', readHash),
    gasUsedBefore: members.optional('gasUsedBefore', quantity(64)),
    blockHashes: members.optional('blockHashes', byQuantity(64, readHash)) ?? new Map(),
  }
  members.done()
  return block
}

function readAccount(value: unknown, place: string): BundleAccount {
  const { balance = 0n, nonce = 0n, code = new Uint8Array(0), storage = new Map() } = readPost(value, place)
  return { balance, nonce, code, storage }
}

/** An account of which each member may be left out. */
export function readPost(value: unknown, place: string): BundlePostAccount {
  const members = new Members(value, place)
  const account: BundlePostAccount = {
    balance: members.optional('balance', readWord),
    nonce: members.optional('nonce', quantity(64)),
    code: members.optional('code', readBytes),
    storage: members.optional('storage', byQuantity(256, readWord)),
  }
  members.done()
  return account
}

function readTransaction(value: unknown, place: string): BundleTransaction {
  const members = new Members(value, place)
  const raw = members.optional('raw', readBytes)
  const fields = members.optional('fields', readFields)
  const sender = members.optional('sender', readAddress)
  const recorded: Recorded = {
    hash: members.optional('hash', readHash),
    expected: members.optional('expected', readExpected) ?? {},
  }
  members.done()
  if ((raw === undefined) === (fields === undefined)) refuse(place, 'needs either raw or fields')
  if (raw !== undefined) return { raw, sender, ...recorded }
  if (sender === undefined) refuse(`${place}.sender`, 'missing, and fields have no signature to tell it')
  return { fields: fields!, sender, ...recorded }
}

function readExpected(value: unknown, place: string): BundleExpected {
  const members = new Members(value, place)
  const expected: BundleExpected = {
    status: members.optional('status', readStatus),
    gasUsed: members.optional('gasUsed', quantity(64)),
    cumulativeGasUsed: members.optional('cumulativeGasUsed', quantity(64)),
    effectiveGasPrice: members.optional('effectiveGasPrice', readWord),
    blobGasUsed: members.optional('blobGasUsed', quantity(64)),
    blobGasPrice: members.optional('blobGasPrice', readWord),
    contractAddress: members.optional('contractAddress', readAddress),
    output: members.optional('output', readBytes),
    error: members.optional('error', text(1000)),
    logs: members.optional('logs', arrayOf(readLog)),
    logsBloom: members.optional('logsBloom', readBytes),
    post: members.optional('post', byAddress(orNull(readPost))),
  }
  members.done()
  return expected
}

function readStatus(value: unknown, place: string): 0 | 1 {
  return smallQuantity(1)(value, place) === 1 ? 1 : 0
}

function readLog(value: unknown, place: string): BundleLog {
  const members = new Members(value, place)
  const log: BundleLog = {
    address: members.required('address', readAddress),
    topics: members.required('topics', arrayOf(readHash)),
    data: members.required('data', readBytes),
  }
  members.done()
  if (log.topics.length > 4) refuse(`${place}.topics`, `${log.topics.length} of them, at most 4 are possible`)
  return log
}

function refuse(place: string, what: string): never {
  throw new ZvmError(ERROR_CODES.value, `${place}: ${what}`, { place })
}
