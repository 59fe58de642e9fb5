import type { Crypto } from '../core/crypto.ts'
import { toFixedHex } from '../core/hex.ts'
import { bytesToBigint } from '../core/word.ts'
import { orderedRoot } from '../state/trie/root.ts'
import type { BlockResult } from './apply-block.ts'
import { type BlockRejection, type BlockRejectionCode, refuseBlock } from './block-rejection.ts'
import type { BlockHeader } from './header.ts'
import { encodeReceipt, type Receipt } from './receipt.ts'
import { requestsHash } from './requests.ts'

/** What the header's `receiptsRoot` must be. */
export function receiptsRoot(receipts: readonly Receipt[]): bigint {
  return bytesToBigint(orderedRoot(receipts.map(encodeReceipt)))
}

/** What the header says of the outcome of its block and is not so; null where all is. The state root apart. */
export function validateOutcome(
  header: BlockHeader,
  result: BlockResult,
  crypto: Pick<Crypto, 'sha256'>,
): BlockRejection | null {
  const { gasUsed, blobGasUsed, logsBloom, receipts, requests } = result
  if (gasUsed !== header.gasUsed) return differs('gas-used', 'gasUsed', `${header.gasUsed}, not ${gasUsed}`)
  if (header.blobGasUsed !== null && blobGasUsed !== header.blobGasUsed)
    return differs('blob-gas-used', 'blobGasUsed', `${header.blobGasUsed}, not ${blobGasUsed}`)
  if (logsBloom.some((byte, i) => byte !== header.logsBloom[i]))
    return differs('logs-bloom', 'logsBloom', 'not that of the receipts')
  const ofReceipts = receiptsRoot(receipts)
  if (ofReceipts !== header.receiptsRoot)
    return differs('receipts-root', 'receiptsRoot', `${word(header.receiptsRoot)}, not ${word(ofReceipts)}`)
  if (requests === null || header.requestsHash === null) return null
  const ofRequests = requestsHash(requests, crypto)
  if (ofRequests === header.requestsHash) return null
  return differs('requests-hash', 'requestsHash', `${word(header.requestsHash)}, not ${word(ofRequests)}`)
}

/** As `validateOutcome` for the root of the state after the block. */
export function validateStateRoot(header: BlockHeader, root: bigint): BlockRejection | null {
  if (root === header.stateRoot) return null
  return differs('state-root', 'stateRoot', `${word(header.stateRoot)}, not ${word(root)}`)
}

function differs(code: BlockRejectionCode, field: string, what: string): BlockRejection {
  return refuseBlock(code, `${field}: ${what}`)
}

function word(value: bigint): string {
  return toFixedHex(value, 32)
}
