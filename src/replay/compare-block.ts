import { allRequests } from '../chain/apply-block.ts'
import { receiptsRoot } from '../chain/block-outcome.ts'
import type { BlockRejection } from '../chain/block-rejection.ts'
import type { BlockHeader } from '../chain/header.ts'
import { logsBloom, mergeBloom, type Receipt } from '../chain/receipt.ts'
import { requestsHash } from '../chain/requests.ts'
import type { Crypto } from '../core/crypto.ts'
import { bytesToHex, toFixedHex, toQuantity } from '../core/hex.ts'
import type { Rules } from '../core/rules.ts'
import { bigintToBytes } from '../core/word.ts'
import type { BlockProgress } from './block-runner.ts'
import { Comparison, type Executed } from './compare.ts'

/**
 * Compares a block of which every transaction was run with what its header says. The state root apart. `roots` are the
 * state roots after the transactions that the node gives, if the rules have them in receipts: those are not worked out.
 */
export function compareBlock(
  header: BlockHeader,
  executed: readonly Executed[],
  progress: BlockProgress,
  requested: readonly Uint8Array[] | BlockRejection,
  rules: Rules,
  roots: readonly (bigint | null)[],
  crypto: Crypto,
): Comparison {
  const comparison = new Comparison()
  const word = (value: bigint) => toFixedHex(value, 32)
  comparison.check('block.gasUsed', toQuantity(header.gasUsed), toQuantity(progress.gasUsed))
  if (header.blobGasUsed !== null)
    comparison.check('block.blobGasUsed', toQuantity(header.blobGasUsed), toQuantity(progress.blobGasUsed))
  const bloom = new Uint8Array(256)
  for (const { result } of executed) mergeBloom(bloom, logsBloom(result.logs))
  comparison.check('block.logsBloom', bytesToHex(header.logsBloom), bytesToHex(bloom))
  const isByStatus = rules.receiptOutcome === 'status'
  const receipts = executed.map((each, i) => receiptOf(each, isByStatus ? null : (roots[i] ?? null)))
  if (isByStatus || !roots.includes(null))
    comparison.check('block.receiptsRoot', word(header.receiptsRoot), word(receiptsRoot(receipts)))
  if (header.requestsHash === null) return comparison
  const requests = 'code' in requested ? requested : allRequests(receipts, requested, rules)
  const hash =
    requests === null ? 'none' : 'code' in requests ? requests.message : word(requestsHash(requests, crypto))
  comparison.check('block.requestsHash', word(header.requestsHash), hash)
  return comparison
}

/** With the status, or the state root instead (before EIP-658). */
function receiptOf({ tx, result, cumulativeGasUsed }: Executed, root: bigint | null): Receipt {
  const outcome = root === null ? (result.status === 'success' ? 1 : 0) : bigintToBytes(root, 32)
  return { type: tx.type, outcome, cumulativeGasUsed, logs: result.logs }
}
