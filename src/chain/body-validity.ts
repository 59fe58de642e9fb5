import { toFixedHex } from '../core/hex.ts'
import type { Rules } from '../core/rules.ts'
import { type Block, encodeBlock, ommersHash, transactionsRoot, withdrawalsRoot } from './block.ts'
import { type BlockRejection, type BlockRejectionCode, refuseBlock } from './block-rejection.ts'

/** Why the body is not that of the block's header, or too large; null where it may be executed. */
export function validateBody(block: Block, rules: Rules): BlockRejection | null {
  const { header, transactions, ommers, withdrawals } = block
  return (
    checkSize(block, rules) ??
    checkHash('ommers-hash', 'ommersHash', header.ommersHash, ommersHash(ommers)) ??
    checkHash(
      'transactions-root',
      'transactionsRoot',
      header.transactionsRoot,
      transactionsRoot(transactions),
    ) ??
    checkPresence(block) ??
    (withdrawals === null || header.withdrawalsRoot === null
      ? null
      : checkHash(
          'withdrawals-root',
          'withdrawalsRoot',
          header.withdrawalsRoot,
          withdrawalsRoot(withdrawals),
        ))
  )
}

/** EIP-7934. */
function checkSize(block: Block, { blockSizeLimit: most }: Rules): BlockRejection | null {
  if (most === null) return null
  const sizeBytes = encodeBlock(block).length
  return sizeBytes <= most
    ? null
    : refuseBlock('block-size', `the block has ${sizeBytes} bytes, at most ${most}`)
}

/** A body has withdrawals where its header commits to some (EIP-4895). */
function checkPresence({ header, withdrawals }: Block): BlockRejection | null {
  if ((withdrawals === null) === (header.withdrawalsRoot === null)) return null
  return refuseBlock('body-field', `withdrawals: ${withdrawals ? 'there, and should not be' : 'missing'}`)
}

function checkHash(
  code: BlockRejectionCode,
  field: string,
  stated: bigint,
  found: bigint,
): BlockRejection | null {
  if (stated === found) return null
  return refuseBlock(code, `${field}: ${toFixedHex(stated, 32)}, not ${toFixedHex(found, 32)}`)
}
