import { blobBaseFee } from '../chain/fees.ts'
import { checkSignature, recoverSender } from '../chain/signature.ts'
import type { Transaction } from '../chain/transaction.ts'
import { decodeTransaction, transactionHash } from '../chain/transaction-codec.ts'
import type { Crypto } from '../core/crypto.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { toFixedHex } from '../core/hex.ts'
import type { BlockEnvironment } from '../core/host.ts'
import { extend, type Table } from '../core/table.ts'
import { bytesToBigint, MAX_WORD } from '../core/word.ts'
import {
  BLOCK_DEFAULTS,
  type Bundle,
  type BundleBlock,
  type BundleChain,
  type BundleExpected,
  type BundleTransaction,
} from './bundle.ts'

/** The transactions of one block in order, read and checked, and the rules and block they run under. */
export interface BlockPlan {
  /** What errors call it. */
  readonly name: string
  readonly chain: BundleChain
  readonly block: BundleBlock
  readonly table: Table
  readonly environment: BlockEnvironment
  readonly transactions: readonly PlannedTransaction[]
}

/** A transaction that is to be run, and what the chain says of it. */
export interface PlannedTransaction {
  readonly hash: bigint
  readonly sender: bigint
  readonly tx: Transaction
  readonly expected: BundleExpected
}

/** Reads the transactions of a bundle. `fork` is the one it names. Throws INVALID_TRANSACTION naming the transaction. */
export function planOfBundle(bundle: Bundle, fork: Table, crypto: Crypto): BlockPlan {
  const table = withSchedule(fork, bundle.chain)
  const { name, chain, block } = bundle
  return {
    name,
    chain,
    block,
    table,
    environment: environmentOf(block, table),
    transactions: bundle.transactions.map((entry, index) =>
      readTransaction(entry, table, bundle, crypto, index),
    ),
  }
}

function withSchedule(fork: Table, chain: BundleChain): Table {
  if (!chain.blobSchedule || !fork.rules.blob) return fork
  return extend(fork, fork.name, [
    { eip: 7840, title: 'Blob schedule of the chain', rules: { blob: chain.blobSchedule } },
  ])
}

/** What the block tells its transactions under these rules. */
export function environmentOf(block: BundleBlock, table: Table): BlockEnvironment {
  const { blob } = table.rules
  const price = blob ? blobBaseFee(block.excessBlobGas ?? BLOCK_DEFAULTS.excessBlobGas, blob) : 0n
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

/** Where an error finds the signed bytes of a bundle's transaction. */
export function rawPlace(name: string, index: number): string {
  return `${name}: transactions[${index}].raw`
}

function readTransaction(
  entry: BundleTransaction,
  table: Table,
  bundle: Bundle,
  crypto: Crypto,
  index: number,
): PlannedTransaction {
  const { expected } = entry
  if (entry.raw === undefined)
    return { tx: entry.fields, sender: entry.sender, hash: entry.hash ?? 0n, expected }
  const tx = decodeTransaction(entry.raw, rawPlace(bundle.name, index))
  const hash = bytesToBigint(transactionHash(tx))
  const place = placeOf(bundle.name, index)
  if (entry.hash !== undefined && entry.hash !== hash)
    throw invalid(place, `hash is ${toFixedHex(hash, 32)}, not ${toFixedHex(entry.hash, 32)}`)
  const sender = senderOf(tx, table, bundle.chain.chainId, crypto, place)
  if (entry.sender !== undefined && entry.sender !== sender)
    throw invalid(place, `sender is ${toFixedHex(sender, 20)}, not ${toFixedHex(entry.sender, 20)}`)
  return { tx, sender, hash, expected }
}

/** Who signed the transaction. Throws INVALID_TRANSACTION where the signature may not stand in this block. */
export function senderOf(
  tx: Transaction,
  table: Table,
  chainId: bigint,
  crypto: Crypto,
  place: string,
): bigint {
  const fault = checkSignature(tx, table.rules, chainId)
  if (fault) throw invalid(place, fault.message)
  const sender = recoverSender(tx, crypto)
  if (sender === null) throw invalid(place, 'the signature gives no sender')
  return sender
}

export function placeOf(name: string, index: number): string {
  return `${name}: transactions[${index}]`
}

/** INVALID_TRANSACTION naming the place. */
export function invalid(place: string, what: string): ZvmError {
  return new ZvmError(ERROR_CODES.invalidTransaction, `${place}: ${what}`, { place })
}
