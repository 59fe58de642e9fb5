import { toFixedHex } from '../core/hex.ts'
import type { Rules } from '../core/rules.ts'
import type { BlockRejection } from './block-rejection.ts'
import { refuseBlock } from './block-rejection.ts'
import { difficultyOf } from './difficulty.ts'
import { nextBaseFee, nextExcessBlobGas } from './fees.ts'
import { type BlockHeader, EMPTY_OMMERS_HASH, misplacedField } from './header.ts'

/** Most bytes of extra data (Yellow Paper 4.3.4). */
const EXTRA_DATA_BYTES = 32
/** The gas limit moves by less than this part of the parent's, and is at least the minimum (Yellow Paper 4.3.4). */
const GAS_LIMIT_DIVISOR = 1024n
const MIN_GAS_LIMIT = 5000n
/** EIP-1985 and every client: gas fits 63 bits. */
const MAX_GAS_LIMIT = (1n << 63n) - 1n

/** One rule of the new header, from the parent's and the rules of the new block. */
type Check = (header: BlockHeader, parent: BlockHeader, rules: Rules) => BlockRejection | null

const CHECKS: readonly Check[] = [
  checkFields,
  checkNumber,
  checkTimestamp,
  checkExtraData,
  checkGasLimit,
  checkGasUsed,
  checkWork,
  checkBaseFee,
  checkBlobGas,
]

/** Why no valid block after `parent` can have this header; null where one may. The seal is not looked at. */
export function validateHeader(
  header: BlockHeader,
  parent: BlockHeader,
  rules: Rules,
): BlockRejection | null {
  for (const check of CHECKS) {
    const fault = check(header, parent, rules)
    if (fault !== null) return fault
  }
  return null
}

function checkFields(header: BlockHeader, _parent: BlockHeader, rules: Rules): BlockRejection | null {
  return validateFields(header, rules)
}

/** Whether the header has the fields of its fork, and no others. */
export function validateFields(header: BlockHeader, rules: Rules): BlockRejection | null {
  const field = misplacedField(header, rules)
  if (field === null) return null
  const what = header[field] === null ? 'missing' : 'there, and should not be'
  return refuseBlock('header-field', `${field}: ${what}`)
}

function checkNumber(header: BlockHeader, parent: BlockHeader): BlockRejection | null {
  const want = parent.number + 1n
  return header.number === want ? null : refuseBlock('number', `number: ${header.number}, not ${want}`)
}

function checkTimestamp(header: BlockHeader, parent: BlockHeader): BlockRejection | null {
  if (header.timestamp > parent.timestamp) return null
  return refuseBlock(
    'timestamp',
    `timestamp: ${header.timestamp} is not after the parent's ${parent.timestamp}`,
  )
}

function checkExtraData({ extraData }: BlockHeader, _: BlockHeader, rules: Rules): BlockRejection | null {
  if (extraData.length > EXTRA_DATA_BYTES)
    return refuseBlock('extra-data-size', `extraData: ${extraData.length} bytes, at most ${EXTRA_DATA_BYTES}`)
  const { extraData: text } = rules
  if (text === null || text === String.fromCharCode(...extraData)) return null
  return refuseBlock('extra-data-text', `extraData: not the text ${text}`)
}

/** The first block with a fee market measures itself by twice its parent's limit (EIP-1559). */
function checkGasLimit(header: BlockHeader, parent: BlockHeader, rules: Rules): BlockRejection | null {
  const { gasLimit } = header
  const before = effectiveParentLimit(parent, rules)
  const most = before / GAS_LIMIT_DIVISOR
  const moved = gasLimit > before ? gasLimit - before : before - gasLimit
  if (moved >= most)
    return refuseBlock('gas-limit', `gasLimit: ${gasLimit} is not within ${most} of ${before}`)
  if (gasLimit < MIN_GAS_LIMIT)
    return refuseBlock('gas-limit', `gasLimit: ${gasLimit} is below ${MIN_GAS_LIMIT}`)
  return gasLimit > MAX_GAS_LIMIT ? refuseBlock('gas-limit', `gasLimit: ${gasLimit} is beyond 2^63-1`) : null
}

function effectiveParentLimit(parent: BlockHeader, { baseFee }: Rules): bigint {
  const isFirst = baseFee !== null && parent.baseFee === null
  return isFirst ? parent.gasLimit * BigInt(baseFee.elasticity) : parent.gasLimit
}

function checkGasUsed({ gasUsed, gasLimit }: BlockHeader): BlockRejection | null {
  if (gasUsed <= gasLimit) return null
  return refuseBlock('gas-used-above-limit', `gasUsed: ${gasUsed} is above the gas limit ${gasLimit}`)
}

/** Difficulty by the time of the block (Yellow Paper 4.4.4); none, no nonce and no ommers after the merge (EIP-3675). */
function checkWork(header: BlockHeader, parent: BlockHeader, rules: Rules): BlockRejection | null {
  const { difficulty, nonce } = header
  if (rules.difficulty !== null) {
    const hasOmmers = parent.ommersHash !== EMPTY_OMMERS_HASH
    const want = difficultyOf(rules.difficulty, header.timestamp, { ...parent, hasOmmers })
    return difficulty === want ? null : refuseBlock('difficulty', `difficulty: ${difficulty}, not ${want}`)
  }
  if (difficulty !== 0n) return refuseBlock('difficulty', `difficulty: ${difficulty} after the merge`)
  if (nonce !== 0n) return refuseBlock('nonce', `nonce: ${toFixedHex(nonce, 8)} after the merge`)
  if (header.ommersHash === EMPTY_OMMERS_HASH) return null
  return refuseBlock('ommers-hash', 'ommersHash: not that of no ommers, after the merge')
}

/** EIP-1559. */
function checkBaseFee(header: BlockHeader, parent: BlockHeader, rules: Rules): BlockRejection | null {
  if (rules.baseFee === null) return null
  const want = nextBaseFee(parent, rules.baseFee)
  return header.baseFee === want ? null : refuseBlock('base-fee', `baseFee: ${header.baseFee}, not ${want}`)
}

/** EIP-4844. */
function checkBlobGas(header: BlockHeader, parent: BlockHeader, rules: Rules): BlockRejection | null {
  const { blob } = rules
  if (blob === null) return null
  const { blobGasUsed, excessBlobGas } = header
  const most = BigInt(blob.max * blob.gasPerBlob)
  if (blobGasUsed! > most || blobGasUsed! % BigInt(blob.gasPerBlob) !== 0n)
    return refuseBlock('blob-gas-limit', `blobGasUsed: ${blobGasUsed} is above ${most} or no whole blobs`)
  const want = nextExcessBlobGas(parent, blob)
  if (excessBlobGas === want) return null
  return refuseBlock('excess-blob-gas', `excessBlobGas: ${excessBlobGas}, not ${want}`)
}
