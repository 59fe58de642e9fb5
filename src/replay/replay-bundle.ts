import { statusOf } from '../chain/call.ts'
import { executeTransaction, type TransactionResult } from '../chain/execute.ts'
import { blobBaseFee, blobGasOf } from '../chain/fees.ts'
import { checkSignature, recoverSender, type Signed, signaturesOf } from '../chain/signature.ts'
import type { Transaction } from '../chain/transaction.ts'
import { decodeTransaction, transactionHash } from '../chain/transaction-codec.ts'
import { createAddress } from '../core/address.ts'
import type { Crypto } from '../core/crypto.ts'
import { Driver } from '../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { Halt } from '../core/halt.ts'
import { bytesToHex, toFixedHex, toQuantity } from '../core/hex.ts'
import type { BlockEnvironment } from '../core/host.ts'
import { extend, type Table } from '../core/table.ts'
import type { Tracer } from '../core/tracer.ts'
import { bytesToBigint, MAX_WORD } from '../core/word.ts'
import { MemorySource } from '../state/memory-source.ts'
import { State } from '../state/state.ts'
import { BLOCK_DEFAULTS, type Bundle, type BundleExpected, type BundleTransaction } from './bundle.ts'

/** One value that came out other than the chain says. */
export interface Difference {
  /** What differs: `gasUsed`, `logs[1].data`, `post.0x….storage[0x0]`. */
  readonly what: string
  readonly expected: string
  readonly actual: string
}

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

export interface ReplayOptions {
  /** The tracer to put on a transaction, by its place in the bundle and its hash; null for none. */
  tracer?(index: number, hash: bigint): Tracer | null
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
): ReplayedTransaction[] {
  const table = withSchedule(fork, bundle)
  const state = new State(sourceOf(bundle))
  const driver = new Driver(table, state, crypto)
  const block = blockOf(bundle, table)
  let gasBefore = bundle.block.gasUsedBefore ?? BLOCK_DEFAULTS.gasUsedBefore
  let blobGasUsed = 0n
  let logsBefore = 0
  return bundle.transactions.map((entry, index) => {
    const { tx, sender, hash } = readTransaction(entry, table, bundle, crypto, index)
    driver.tracer = options.tracer?.(index, hash) ?? null
    const gasLeft = block.gasLimit - gasBefore
    const context = { chainId: bundle.chain.chainId, block, gasLeft, blobGasUsed, logsBefore }
    const result = executeTransaction(driver, state, tx, sender, context)
    if (!('status' in result)) throw invalid(bundle, index, result.message)
    gasBefore += result.gasUsed
    logsBefore += result.logs.length
    const blobGas = table.rules.blob ? blobGasOf(tx, table.rules.blob) : 0n
    blobGasUsed += blobGas
    const comparison = new Comparison()
    const blobs = { used: blobGas, price: block.blobBaseFee }
    compareResult(comparison, entry.expected, result, tx, sender, gasBefore, blobs)
    comparePost(comparison, entry.expected, state)
    return { hash, sender, transaction: tx, result, ...comparison }
  })
}

/** What the transactions of a bundle have signed. Throws as `replayBundle` does on one that cannot be decoded. */
export function bundleSignatures({ name, transactions }: Bundle): Signed[] {
  return transactions.flatMap(({ raw }, i) =>
    raw === undefined ? [] : signaturesOf(decodeTransaction(raw, rawPlace(name, i))),
  )
}

function rawPlace(name: string, index: number): string {
  return `${name}: transactions[${index}].raw`
}

function sourceOf(bundle: Bundle): MemorySource {
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

function withSchedule(fork: Table, { chain }: Bundle): Table {
  if (!chain.blobSchedule || !fork.rules.blob) return fork
  return extend(fork, fork.name, [
    { eip: 7840, title: 'Blob schedule of the chain', rules: { blob: chain.blobSchedule } },
  ])
}

function blockOf({ block }: Bundle, table: Table): BlockEnvironment {
  const excess = block.excessBlobGas ?? BLOCK_DEFAULTS.excessBlobGas
  const price = table.rules.blob ? blobBaseFee(excess, table.rules.blob) : 0n
  return {
    number: block.number,
    timestamp: block.timestamp ?? BLOCK_DEFAULTS.timestamp,
    coinbase: block.coinbase ?? BLOCK_DEFAULTS.coinbase,
    gasLimit: block.gasLimit ?? BLOCK_DEFAULTS.gasLimit,
    difficulty: block.difficulty ?? BLOCK_DEFAULTS.difficulty,
    prevRandao: block.prevRandao ?? BLOCK_DEFAULTS.prevRandao,
    baseFee: block.baseFee ?? BLOCK_DEFAULTS.baseFee,
    blobBaseFee: price > MAX_WORD ? MAX_WORD : price,
  }
}

function readTransaction(
  entry: BundleTransaction,
  table: Table,
  bundle: Bundle,
  crypto: Crypto,
  index: number,
): { tx: Transaction; sender: bigint; hash: bigint } {
  if (entry.raw === undefined) return { tx: entry.fields, sender: entry.sender, hash: entry.hash ?? 0n }
  const tx = decodeTransaction(entry.raw, rawPlace(bundle.name, index))
  const hash = bytesToBigint(transactionHash(tx))
  if (entry.hash !== undefined && entry.hash !== hash)
    throw invalid(bundle, index, `hash is ${toFixedHex(hash, 32)}, not ${toFixedHex(entry.hash, 32)}`)
  const fault = checkSignature(tx, table.rules, bundle.chain.chainId)
  if (fault) throw invalid(bundle, index, fault.message)
  const sender = recoverSender(tx, crypto)
  if (sender === null) throw invalid(bundle, index, 'the signature gives no sender')
  if (entry.sender !== undefined && entry.sender !== sender)
    throw invalid(bundle, index, `sender is ${toFixedHex(sender, 20)}, not ${toFixedHex(entry.sender, 20)}`)
  return { tx, sender, hash }
}

function invalid(bundle: Bundle, index: number, what: string): ZvmError {
  const place = `${bundle.name}: transactions[${index}]`
  return new ZvmError(ERROR_CODES.invalidTransaction, `${place}: ${what}`, { place })
}

/** Collects what differs, and counts what was looked at. */
class Comparison {
  compared = 0
  readonly differences: Difference[] = []

  check(what: string, expected: string | undefined, actual: string): void {
    if (expected === undefined) return
    this.compared++
    if (expected !== actual) this.differences.push({ what, expected, actual })
  }
}

const quantity = (value: bigint | undefined) => (value === undefined ? undefined : toQuantity(value))

function compareResult(
  comparison: Comparison,
  expected: BundleExpected,
  result: TransactionResult,
  tx: Transaction,
  sender: bigint,
  cumulativeGas: bigint,
  blobs: { used: bigint; price: bigint },
): void {
  const status = statusOf(result.halt) === 'success' ? 1 : 0
  comparison.check('status', expected.status?.toString(), String(status))
  comparison.check('gasUsed', quantity(expected.gasUsed), toQuantity(result.gasUsed))
  comparison.check('cumulativeGasUsed', quantity(expected.cumulativeGasUsed), toQuantity(cumulativeGas))
  comparison.check(
    'effectiveGasPrice',
    quantity(expected.effectiveGasPrice),
    toQuantity(result.effectiveGasPrice),
  )
  if (tx.type === 3) {
    comparison.check('blobGasUsed', quantity(expected.blobGasUsed), toQuantity(blobs.used))
    comparison.check('blobGasPrice', quantity(expected.blobGasPrice), toQuantity(blobs.price))
  }
  if (tx.to === null)
    comparison.check(
      'contractAddress',
      quantity(expected.contractAddress),
      toQuantity(createAddress(sender, tx.nonce)),
    )
  comparison.check('output', expected.output && bytesToHex(expected.output), bytesToHex(result.output))
  if (expected.error !== undefined) {
    const kind = expected.error === 'execution reverted' ? 'revert' : 'halt'
    comparison.check('error', kind, result.halt === Halt.Revert ? 'revert' : result.status)
  }
  compareLogs(comparison, expected, result)
}

function compareLogs(comparison: Comparison, expected: BundleExpected, result: TransactionResult): void {
  if (!expected.logs) return
  comparison.check('logs.length', String(expected.logs.length), String(result.logs.length))
  for (const [i, log] of result.logs.entries()) {
    const theirs = expected.logs[i]
    if (!theirs) return
    comparison.check(`logs[${i}].address`, toFixedHex(theirs.address, 20), toFixedHex(log.address, 20))
    comparison.check(
      `logs[${i}].topics`,
      theirs.topics.map(toQuantity).join(),
      log.topics.map(toQuantity).join(),
    )
    comparison.check(`logs[${i}].data`, bytesToHex(theirs.data), bytesToHex(log.data))
  }
}

function comparePost(comparison: Comparison, expected: BundleExpected, state: State): void {
  for (const [address, account] of expected.post ?? []) {
    const at = `post.${toFixedHex(address, 20)}`
    const isThere = state.exists(address) && !state.isEmpty(address)
    if (account === null) {
      comparison.check(at, 'no account', isThere ? 'an account' : 'no account')
      continue
    }
    comparison.check(`${at}.balance`, quantity(account.balance), toQuantity(state.balance(address)))
    comparison.check(`${at}.nonce`, quantity(account.nonce), toQuantity(state.nonce(address)))
    comparison.check(`${at}.code`, account.code && bytesToHex(account.code), bytesToHex(state.code(address)))
    for (const [key, value] of account.storage ?? [])
      comparison.check(
        `${at}.storage[${toQuantity(key)}]`,
        toQuantity(value),
        toQuantity(state.storage(address, key)),
      )
  }
}
