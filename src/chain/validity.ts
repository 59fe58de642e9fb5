import { toChecksumAddress } from '../core/address.ts'
import { delegateOf } from '../core/delegation.ts'
import type { Rules } from '../core/rules.ts'
import { MAX_UINT64, MAX_WORD } from '../core/word.ts'
import { blobGasOf } from './fees.ts'
import { floorGas, intrinsicGas } from './intrinsic-gas.ts'
import type { Rejection } from './rejection.ts'
import { reject } from './rejection.ts'
import { typeNotSupported } from './signature.ts'
import type { Transaction } from './transaction.ts'

/** First byte of a blob's versioned hash (EIP-4844). */
const BLOB_HASH_VERSION = 1n

/** The sender's account before the transaction. */
export interface SenderState {
  readonly address: bigint
  readonly nonce: bigint
  readonly balance: bigint
  readonly code: Uint8Array
}

/** What the block offers a transaction. */
export interface BlockOffer {
  /** Wei per gas; zero before EIP-1559. */
  readonly baseFee: bigint
  /** Wei per blob gas; zero before EIP-4844. */
  readonly blobBaseFee: bigint
  /** Gas not used by the transactions before this one. */
  readonly gasLeft: bigint
  /** Blob gas used by the transactions before this one. */
  readonly blobGasUsed: bigint
}

interface Inclusion {
  readonly sender: SenderState
  readonly block: BlockOffer
}

/** One rule. Without an inclusion only what the transaction and the rules of the fork decide is checked. */
type Check = (tx: Transaction, rules: Rules, inclusion: Inclusion | null) => Rejection | null

/** In the order in which geth finds fault, so that a transaction with two faults is refused for the same one. */
const CHECKS: readonly Check[] = [
  checkType,
  checkRanges,
  checkBlobAllowance,
  checkNonce,
  checkGasCap,
  checkSenderCode,
  checkFees,
  checkBlobs,
  checkBlobFee,
  checkSetCode,
  checkFunds,
  checkBlockGas,
  checkIntrinsicGas,
  checkFloorGas,
  checkInitCode,
]

/** Why the transaction can be in no block of this fork; null when some block may hold it. Signature apart. */
export function validateTransaction(tx: Transaction, rules: Rules): Rejection | null {
  return firstFault(tx, rules, null)
}

/**
 * Why the transaction cannot come next in this block, from this state of its sender; null when it can be executed.
 * Covers `validateTransaction`. The signature, which gives the sender, is checked before (`checkSignature`).
 */
export function validateInclusion(
  tx: Transaction,
  rules: Rules,
  sender: SenderState,
  block: BlockOffer,
): Rejection | null {
  return firstFault(tx, rules, { sender, block })
}

function firstFault(tx: Transaction, rules: Rules, inclusion: Inclusion | null): Rejection | null {
  for (const check of CHECKS) {
    const fault = check(tx, rules, inclusion)
    if (fault !== null) return fault
  }
  return null
}

function checkType(tx: Transaction, rules: Rules): Rejection | null {
  return rules.transactionTypes.includes(tx.type) ? null : typeNotSupported(tx)
}

/** What decoding ensures already; a transaction may also come from JSON. */
function checkRanges(tx: Transaction, _rules: Rules, inclusion: Inclusion | null): Rejection | null {
  if (tx.gasLimit > MAX_UINT64) return reject('gas-uint64-overflow', 'gas uint64 overflow')
  if (tx.nonce > MAX_UINT64) return nonceMax(tx, inclusion)
  if (tx.maxFeePerGas > MAX_WORD) return reject('fee-too-large', 'max fee per gas higher than 2^256-1')
  if (tx.maxPriorityFeePerGas > MAX_WORD)
    return reject('fee-too-large', 'max priority fee per gas higher than 2^256-1')
  return null
}

/** All blobs of a block must fit its maximum (EIP-4844). */
function checkBlobAllowance(tx: Transaction, rules: Rules, inclusion: Inclusion | null): Rejection | null {
  if (rules.blob === null || tx.blobHashes.length === 0) return null
  const used = (inclusion?.block.blobGasUsed ?? 0n) + blobGasOf(tx, rules.blob)
  const most = BigInt(rules.blob.max * rules.blob.gasPerBlob)
  if (used <= most) return null
  return reject('blob-gas-allowance', `blob gas (${used}) would exceed maximum allowance ${most}`)
}

function checkNonce(tx: Transaction, _rules: Rules, inclusion: Inclusion | null): Rejection | null {
  const expected = inclusion?.sender.nonce ?? tx.nonce
  if (expected !== tx.nonce) {
    const numbers = `${ofSender(inclusion)}, tx: ${tx.nonce} state: ${expected}`
    if (expected < tx.nonce) return reject('nonce-too-high', `nonce too high${numbers}`)
    return reject('nonce-too-low', `nonce too low${numbers}`)
  }
  // No nonce may reach 2^64 (EIP-2681), which this transaction would raise it to.
  return tx.nonce === MAX_UINT64 ? nonceMax(tx, inclusion) : null
}

/** EIP-7825. */
function checkGasCap(tx: Transaction, rules: Rules): Rejection | null {
  const cap = rules.transactionGasCap
  if (cap === null || tx.gasLimit <= BigInt(cap)) return null
  return reject('gas-limit-too-high', `transaction gas limit too high (cap: ${cap}, tx: ${tx.gasLimit})`)
}

/** A contract sends no transactions (EIP-3607), unless its code is a delegation (EIP-7702). */
function checkSenderCode(_tx: Transaction, rules: Rules, inclusion: Inclusion | null): Rejection | null {
  if (inclusion === null) return null
  const { code } = inclusion.sender
  if (code.length === 0 || (rules.delegation !== null && delegateOf(code) !== null)) return null
  return reject('sender-not-eoa', `sender not an eoa${ofSender(inclusion)}, len(code): ${code.length}`)
}

/** EIP-1559. */
function checkFees(tx: Transaction, rules: Rules, inclusion: Inclusion | null): Rejection | null {
  if (rules.baseFee === null) return null
  const { maxFeePerGas: most, maxPriorityFeePerGas: priority } = tx
  if (most < priority) {
    const what = `max priority fee per gas higher than max fee per gas${ofSender(inclusion)}`
    const numbers = `maxPriorityFeePerGas: ${priority}, maxFeePerGas: ${most}`
    return reject('priority-fee-above-max-fee', `${what}, ${numbers}`)
  }
  if (inclusion === null || most >= inclusion.block.baseFee) return null
  const what = `max fee per gas less than block base fee${ofSender(inclusion)}`
  return reject(
    'max-fee-below-base-fee',
    `${what}, maxFeePerGas: ${most}, baseFee: ${inclusion.block.baseFee}`,
  )
}

/** EIP-4844; the most blobs of one transaction by EIP-7594. */
function checkBlobs(tx: Transaction, rules: Rules): Rejection | null {
  if (tx.type !== 3) return null
  if (tx.to === null)
    return reject('blob-create', withoutRecipient('blob transaction of type create', 'BlobTx'))
  if (tx.blobHashes.length === 0) return reject('blob-hashes-missing', 'blob transaction missing blob hashes')
  const most = rules.blob?.perTransaction ?? null
  if (most !== null && tx.blobHashes.length > most)
    return reject(
      'blob-count',
      `blob transaction has too many blobs: ${tx.blobHashes.length}, at most ${most}`,
    )
  const wrong = tx.blobHashes.findIndex((hash) => hash >> 248n !== BLOB_HASH_VERSION)
  return wrong < 0 ? null : reject('blob-hash-version', `blob ${wrong} has invalid hash version`)
}

function checkBlobFee(tx: Transaction, _rules: Rules, inclusion: Inclusion | null): Rejection | null {
  if (inclusion === null || tx.blobHashes.length === 0) return null
  const price = inclusion.block.blobBaseFee
  if (tx.maxFeePerBlobGas >= price) return null
  const what = `max fee per blob gas less than block blob gas fee${ofSender(inclusion)}`
  return reject('blob-fee-too-low', `${what} blobGasFeeCap: ${tx.maxFeePerBlobGas}, blobBaseFee: ${price}`)
}

/** EIP-7702. */
function checkSetCode(tx: Transaction, _rules: Rules, inclusion: Inclusion | null): Rejection | null {
  if (tx.type !== 4) return null
  if (tx.to === null) {
    const what = 'EIP-7702 transaction cannot be used to create contract'
    return reject('set-code-create', withoutRecipient(what, 'SetCodeTx'))
  }
  if (tx.authorizations.length > 0) return null
  const by = inclusion === null ? '' : ` (sender ${toChecksumAddress(inclusion.sender.address)})`
  return reject('set-code-empty', `EIP-7702 transaction with empty auth list${by}`)
}

/** The sender can pay for all gas at the highest price, and the value (Yellow Paper v0, EIP-1559, EIP-4844). */
function checkFunds(tx: Transaction, rules: Rules, inclusion: Inclusion | null): Rejection | null {
  const blobGas = rules.blob === null ? 0n : blobGasOf(tx, rules.blob)
  const gas = tx.gasLimit * tx.maxFeePerGas + blobGas * tx.maxFeePerBlobGas
  // Gas that costs more than any account holds is a fault of form; a value that great is not (TransactionTests).
  const want = inclusion === null ? gas : gas + tx.value
  const have = inclusion?.sender.balance ?? MAX_WORD
  if (have >= want) return null
  const numbers = want > MAX_WORD ? 'required balance exceeds 256 bits' : `have ${have} want ${want}`
  return reject(
    'insufficient-funds',
    `insufficient funds for gas * price + value${ofSender(inclusion)} ${numbers}`,
  )
}

function checkBlockGas(tx: Transaction, _rules: Rules, inclusion: Inclusion | null): Rejection | null {
  if (inclusion === null || tx.gasLimit <= inclusion.block.gasLeft) return null
  return reject('block-gas-limit', 'gas limit reached')
}

function checkIntrinsicGas(tx: Transaction, rules: Rules): Rejection | null {
  const want = intrinsicGas(tx, rules)
  if (want > MAX_UINT64) return reject('gas-uint64-overflow', 'gas uint64 overflow')
  if (tx.gasLimit >= want) return null
  return reject('intrinsic-gas', `intrinsic gas too low: have ${tx.gasLimit}, want ${want}`)
}

/** EIP-7623. */
function checkFloorGas(tx: Transaction, rules: Rules): Rejection | null {
  const want = floorGas(tx, rules)
  if (tx.gasLimit >= want) return null
  return reject('floor-gas', `insufficient gas for floor data gas cost: have ${tx.gasLimit}, want ${want}`)
}

/** EIP-3860. */
function checkInitCode(tx: Transaction, rules: Rules): Rejection | null {
  const limit = rules.create.initCodeLimit
  if (tx.to !== null || tx.data.length <= limit) return null
  return reject('initcode-size', `max initcode size exceeded: code size ${tx.data.length} limit ${limit}`)
}

function nonceMax(tx: Transaction, inclusion: Inclusion | null): Rejection {
  return reject('nonce-max', `nonce has max value${ofSender(inclusion)}, nonce: ${tx.nonce}`)
}

/** Costs a hash, so only faults ask for it. */
function ofSender(inclusion: Inclusion | null): string {
  return inclusion === null ? '' : `: address ${toChecksumAddress(inclusion.sender.address)}`
}

/** geth cannot decode such a transaction, so test fillers wait for the words of its decoder. */
function withoutRecipient(what: string, type: string): string {
  return `${what}: input string too short for common.Address, decoding into (types.${type}).To`
}
