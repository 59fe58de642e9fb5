import type { BlockOutline } from '../../chain/apply-block.ts'
import type { BlockHeader } from '../../chain/header.ts'
import type { Crypto } from '../../core/crypto.ts'
import { toFixedHex } from '../../core/hex.ts'
import type { Table } from '../../core/table.ts'
import type { BlockPlan } from '../block-plan.ts'
import { environmentOf, invalid, type PlannedTransaction, senderOf } from '../block-plan.ts'
import type { BundleBlock, BundleExpected } from '../bundle.ts'
import type { NodeBlock, NodeReceipt, NodeTransaction } from './answers.ts'
import type { BlockAnswer } from './rpc-chain.ts'

/** A block of a node, ready to run. */
export interface NodePlan extends BlockPlan {
  readonly node: NodeBlock
  readonly receipts: readonly NodeReceipt[]
  readonly outline: BlockOutline
  /** The transactions in their places; null where one is of a type that no rules of ours know. */
  readonly entries: readonly (PlannedTransaction | null)[]
}

/** Reads what a node says of a block as a plan. Throws INVALID_TRANSACTION for a signature that is not the sender's. */
export function planOfNode(answer: BlockAnswer, table: Table, crypto: Crypto): NodePlan {
  const { chainId, block: node, receipts, ommers } = answer
  const { header } = node
  const block = blockOf(header)
  const environment = environmentOf(block, table)
  const entries = node.transactions.map((entry, i) =>
    planned(entry, receipts[i], node, table, chainId, answer.senders?.[i] ?? null, crypto),
  )
  return {
    name: `block ${header.number}`,
    chain: { chainId, fork: table.name },
    block,
    table,
    environment,
    outline: {
      chainId,
      block: environment,
      parentHash: header.parentHash,
      parentBeaconRoot: header.parentBeaconRoot ?? 0n,
      ommers,
      withdrawals: node.withdrawals ?? [],
    },
    transactions: entries.filter((entry) => entry !== null),
    node,
    receipts,
    entries,
  }
}

function blockOf(node: BlockHeader): BundleBlock {
  return {
    number: node.number,
    timestamp: node.timestamp,
    coinbase: node.coinbase,
    gasLimit: node.gasLimit,
    baseFee: node.baseFee ?? undefined,
    difficulty: node.difficulty,
    prevRandao: node.mixHash,
    excessBlobGas: node.excessBlobGas ?? undefined,
    parentBeaconBlockRoot: node.parentBeaconRoot ?? undefined,
    blockHashes: new Map(),
  }
}

function planned(
  { tx, hash, from }: NodeTransaction,
  receipt: NodeReceipt,
  node: NodeBlock,
  table: Table,
  chainId: bigint,
  known: bigint | null,
  crypto: Crypto,
): PlannedTransaction | null {
  if (tx === null) return null
  const place = `block ${node.header.number}: transaction ${toFixedHex(hash, 32)}`
  const sender = known ?? senderOf(tx, table, chainId, crypto, place)
  if (sender !== from)
    throw invalid(place, `signed by ${toFixedHex(sender, 20)}, not by ${toFixedHex(from, 20)}`)
  return { tx, hash, sender, expected: expectedOf(receipt) }
}

function expectedOf(receipt: NodeReceipt): BundleExpected {
  return {
    status: receipt.status ?? undefined,
    gasUsed: receipt.gasUsed,
    cumulativeGasUsed: receipt.cumulativeGasUsed,
    effectiveGasPrice: receipt.effectiveGasPrice ?? undefined,
    blobGasUsed: receipt.blobGasUsed ?? undefined,
    blobGasPrice: receipt.blobGasUsed === null ? undefined : (receipt.blobGasPrice ?? undefined),
    contractAddress: receipt.contractAddress ?? undefined,
    logs: receipt.logs,
    logsBloom: receipt.logsBloom,
  }
}
