import { transactionsRoot, withdrawalsRoot } from '../../chain/block.ts'
import { receiptsRoot } from '../../chain/block-outcome.ts'
import type { TransactionResult } from '../../chain/execute.ts'
import { blobGasOf } from '../../chain/fees.ts'
import { logsBloom, logsHash, type Receipt } from '../../chain/receipt.ts'
import { requestsHash } from '../../chain/requests.ts'
import type { Transaction } from '../../chain/transaction.ts'
import { transactionHash } from '../../chain/transaction-codec.ts'
import type { Crypto } from '../../core/crypto.ts'
import { bytesToHex, toFixedHex, toQuantity } from '../../core/hex.ts'
import type { Rules } from '../../core/rules.ts'
import type { MemorySource } from '../../state/memory-source.ts'
import type { TransitionBlock, TransitionEnv } from './env.ts'

type Json = Record<string, unknown>

/** The hash that logs and receipts name, since that of the block is not known; geth's. */
const BLOCK_HASH = toFixedHex(0x1337n << 240n, 32)

/** A transaction that the block holds, and what came of it. */
export interface Included {
  readonly tx: Transaction
  readonly receipt: Receipt
  readonly result: TransactionResult
  /** Where a creation puts its contract, even if it failed; zero for others. */
  readonly contractAddress: bigint
}

/** A transaction that it does not hold, by its place in the input. */
export interface LeftOut {
  readonly index: number
  readonly error: string
}

/** What a transition came to. */
export interface Outcome {
  readonly included: readonly Included[]
  readonly rejected: readonly LeftOut[]
  readonly stateRoot: Uint8Array
  readonly logsBloom: Uint8Array
  readonly gasUsed: bigint
  readonly blobGasUsed: bigint
  /** Lists with their type before them; null before EIP-7685. */
  readonly requests: readonly Uint8Array[] | null
}

/** The `result` of a transition, its members in geth's order. */
export function resultJson(
  env: TransitionEnv,
  { block, baseFee, excessBlobGas }: TransitionBlock,
  outcome: Outcome,
  rules: Rules,
  crypto: Pick<Crypto, 'sha256'>,
): Json {
  const { included, rejected, requests } = outcome
  const receipts = included.map(({ receipt }) => receipt)
  // Those that hold nothing do not count (EIP-7685).
  const filled = requests?.filter(({ length }) => length > 1) ?? null
  return {
    stateRoot: bytesToHex(outcome.stateRoot),
    txRoot: toFixedHex(transactionsRoot(included.map(({ tx }) => tx)), 32),
    receiptsRoot: toFixedHex(receiptsRoot(receipts), 32),
    logsHash: bytesToHex(logsHash(receipts.flatMap(({ logs }) => logs))),
    logsBloom: bytesToHex(outcome.logsBloom),
    receipts: receiptsJson(included, block.number, block.timestamp, block.blobBaseFee, rules),
    ...(rejected.length > 0 && { rejected }),
    currentDifficulty: rules.difficulty === null ? null : toQuantity(block.difficulty),
    gasUsed: toQuantity(outcome.gasUsed),
    ...(baseFee !== null && { currentBaseFee: toQuantity(baseFee) }),
    ...(rules.withdrawals !== null && {
      withdrawalsRoot: toFixedHex(withdrawalsRoot(env.withdrawals ?? []), 32),
    }),
    ...(excessBlobGas !== null && {
      currentExcessBlobGas: toQuantity(excessBlobGas),
      blobGasUsed: toQuantity(outcome.blobGasUsed),
    }),
    ...(filled !== null && { requestsHash: toFixedHex(requestsHash(filled, crypto), 32) }),
    requests: filled?.map(bytesToHex) ?? null,
  }
}

function receiptsJson(
  included: readonly Included[],
  number: bigint,
  timestamp: bigint,
  blobBaseFee: bigint,
  rules: Rules,
): Json[] {
  let logIndex = 0
  return included.map(({ tx, receipt, result, contractAddress }, index) => {
    const place = {
      blockHash: BLOCK_HASH,
      blockNumber: toQuantity(number),
      transactionIndex: toQuantity(index),
    }
    const hash = bytesToHex(transactionHash(tx))
    const { outcome, cumulativeGasUsed, logs } = receipt
    return {
      ...(tx.type !== 0 && { type: toQuantity(tx.type) }),
      root: typeof outcome === 'number' ? '0x' : bytesToHex(outcome),
      status: result.status === 'success' ? '0x1' : '0x0',
      cumulativeGasUsed: toQuantity(cumulativeGasUsed),
      logsBloom: bytesToHex(logsBloom(logs)),
      logs: logs.map(({ address, topics, data }) => ({
        address: toFixedHex(address, 20),
        topics: topics.map((topic) => toFixedHex(topic, 32)),
        data: bytesToHex(data),
        blockNumber: place.blockNumber,
        transactionHash: hash,
        transactionIndex: place.transactionIndex,
        blockHash: BLOCK_HASH,
        blockTimestamp: toQuantity(timestamp),
        logIndex: toQuantity(logIndex++),
        removed: false,
      })),
      transactionHash: hash,
      contractAddress: toFixedHex(contractAddress, 20),
      gasUsed: toQuantity(result.gasUsed),
      effectiveGasPrice: null,
      ...(rules.blob !== null &&
        tx.type === 3 && {
          blobGasUsed: toQuantity(blobGasOf(tx, rules.blob)),
          blobGasPrice: toQuantity(blobBaseFee),
        }),
      ...place,
    }
  })
}

/** The accounts after the transition in the form of a genesis file, sorted by address. */
export function allocJson(state: MemorySource): Json {
  const sorted = <T>(entries: Iterable<readonly [bigint, T]>) =>
    [...entries].sort((a, b) => (a[0] < b[0] ? -1 : 1))
  const accounts = sorted(state.accounts).map(([address, { code, storage, balance, nonce }]) => {
    const slots = sorted(storage).map(([key, value]) => [toFixedHex(key, 32), toFixedHex(value, 32)])
    const account = {
      ...(code.length > 0 && { code: bytesToHex(code) }),
      ...(slots.length > 0 && { storage: Object.fromEntries(slots) }),
      balance: toQuantity(balance),
      ...(nonce > 0n && { nonce: toQuantity(nonce) }),
    }
    return [toFixedHex(address, 20), account]
  })
  return Object.fromEntries(accounts)
}
