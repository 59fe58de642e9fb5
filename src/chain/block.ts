import { keccak256 } from '../core/keccak.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../core/rlp.ts'
import { bytesToBigint } from '../core/word.ts'
import { orderedRoot } from '../state/trie/root.ts'
import { type BlockHeader, decodeHeader, headerToItem } from './header.ts'
import type { Transaction } from './transaction.ts'
import { decodeTransactionItem, encodeTransaction, transactionToItem } from './transaction-codec.ts'
import { address, asList, asTuple, uint64 } from './transaction-fields.ts'

/** A block: a header and what it commits to (Yellow Paper 4.3). */
export interface Block {
  readonly header: BlockHeader
  readonly transactions: readonly Transaction[]
  readonly ommers: readonly BlockHeader[]
  /** Null before EIP-4895. */
  readonly withdrawals: readonly Withdrawal[] | null
}

/** Ether that comes from the beacon chain (EIP-4895). Integers are below 2^64. */
export interface Withdrawal {
  readonly index: bigint
  readonly validatorIndex: bigint
  readonly address: bigint
  /** In gwei on Ethereum: see `Rules.withdrawals`. */
  readonly amount: bigint
}

/**
 * Reads a block from its RLP: header, transactions, ommers, and withdrawals where it has them. Throws RLP naming
 * `place`, and INVALID_TRANSACTION, with a `RejectionCode` as `details.rejection`, as `decodeTransaction` does.
 */
export function decodeBlock(bytes: Uint8Array, place: string): Block {
  const item = decodeRlp(bytes, place)
  const [header, transactions, ommers, withdrawals] = asTuple(item, item.length === 4 ? 4 : 3, place)
  const each = <T>(list: RlpItem, name: string, decode: (item: RlpItem, place: string) => T): T[] =>
    asList(list, `${place}.${name}`).map((item, i) => decode(item, `${place}.${name}[${i}]`))
  return {
    header: decodeHeader(header, `${place}.header`),
    transactions: each(transactions, 'transactions', decodeTransactionItem),
    ommers: each(ommers, 'ommers', decodeHeader),
    withdrawals: withdrawals === undefined ? null : each(withdrawals, 'withdrawals', decodeWithdrawal),
  }
}

/** The block's RLP. */
export function encodeBlock(block: Block): Uint8Array {
  return encodeRlp([headerToItem(block.header), ...bodyToItems(block)])
}

/** What follows the header: transactions, ommers, and withdrawals where the block has them. */
export function bodyToItems({ transactions, ommers, withdrawals }: Block): RlpItem[] {
  const items = [transactions.map(transactionToItem), ommers.map(headerToItem)]
  return withdrawals === null ? items : [...items, withdrawals.map(withdrawalToItem)]
}

/** What the header's `ommersHash` must be. */
export function ommersHash(ommers: readonly BlockHeader[]): bigint {
  return bytesToBigint(keccak256(encodeRlp(ommers.map(headerToItem))))
}

/** What the header's `transactionsRoot` must be. */
export function transactionsRoot(transactions: readonly Transaction[]): bigint {
  return bytesToBigint(orderedRoot(transactions.map(encodeTransaction)))
}

/** What the header's `withdrawalsRoot` must be. */
export function withdrawalsRoot(withdrawals: readonly Withdrawal[]): bigint {
  return bytesToBigint(orderedRoot(withdrawals.map((one) => encodeRlp(withdrawalToItem(one)))))
}

function decodeWithdrawal(item: RlpItem, place: string): Withdrawal {
  const [index, validatorIndex, at, amount] = asTuple(item, 4, place)
  return {
    index: uint64.decode(index, `${place}.index`),
    validatorIndex: uint64.decode(validatorIndex, `${place}.validatorIndex`),
    address: address.decode(at, `${place}.address`),
    amount: uint64.decode(amount, `${place}.amount`),
  }
}

function withdrawalToItem({ index, validatorIndex, address: at, amount }: Withdrawal): RlpItem {
  return [uint64.encode(index), uint64.encode(validatorIndex), address.encode(at), uint64.encode(amount)]
}
