import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { keccak256 } from '../core/keccak.ts'
import type { RlpItem } from '../core/rlp.ts'
import { decodeRlp, encodeRlp } from '../core/rlp.ts'
import type { RejectionCode } from './rejection.ts'
import type { Signature, Transaction, TransactionType } from './transaction.ts'
import { newTransaction } from './transaction.ts'
import type { Field } from './transaction-fields.ts'
import { asTuple, FIELD_CODECS, uint256 } from './transaction-fields.ts'

const EMPTY = new Uint8Array(0)
/** A legacy v is this plus the parity: without and with a chain id (EIP-155), where 2 × chain id is added. */
const V_UNPROTECTED = 27n
const V_PROTECTED = 35n
/** First byte of the shortest RLP string and list; below lie the types of EIP-2718. */
const RLP_STRING = 0x80
const RLP_LIST = 0xc0

const FEE_MARKET: readonly Field[] = [
  'chainId',
  'nonce',
  'maxPriorityFeePerGas',
  'maxFeePerGas',
  'gasLimit',
  'to',
  'value',
  'data',
  'accessList',
]

/** The payload of each type, in order, up to the signature. `maxFeePerGas` is the gas price of types 0 and 1. */
const LAYOUTS: { readonly [T in TransactionType]: readonly Field[] } = {
  0: ['nonce', 'maxFeePerGas', 'gasLimit', 'to', 'value', 'data'],
  1: ['chainId', 'nonce', 'maxFeePerGas', 'gasLimit', 'to', 'value', 'data', 'accessList'],
  2: FEE_MARKET,
  3: [...FEE_MARKET, 'maxFeePerBlobGas', 'blobHashes'],
  4: [...FEE_MARKET, 'authorizations'],
}

/**
 * Reads a signed transaction from its canonical bytes: RLP for type 0, else the type's byte and RLP (EIP-2718).
 * Whatever is accepted encodes to the same bytes again. Throws RLP when the bytes are malformed, and
 * INVALID_TRANSACTION, with a `RejectionCode` as `details.rejection`, for an unknown type or a v that means nothing.
 * A blob transaction with its sidecar, the form of the pool (EIP-4844), is refused: blocks hold it without.
 */
export function decodeTransaction(bytes: Uint8Array, place: string): Transaction {
  if (bytes.length === 0) malformed(place, 'no bytes')
  if (bytes[0] >= RLP_LIST) return decodePayload(0, decodeRlp(bytes, place), place)
  return decodeTyped(bytes, place)
}

/** Reads a transaction as it stands in a block: a list for type 0, else a string with the canonical bytes. */
export function decodeTransactionItem(item: RlpItem, place: string): Transaction {
  return item instanceof Uint8Array ? decodeTyped(item, place) : decodePayload(0, item, place)
}

/** The canonical bytes of a signed transaction: what is hashed, and what the transactions trie holds. */
export function encodeTransaction(tx: Transaction): Uint8Array {
  return withType(tx.type, [...encodeFields(tx), ...encodeSignature(tx)])
}

/** The transaction as an item of a block's list. */
export function transactionToItem(tx: Transaction): RlpItem {
  return tx.type === 0 ? [...encodeFields(tx), ...encodeSignature(tx)] : encodeTransaction(tx)
}

/** The hash that identifies a signed transaction. */
export function transactionHash(tx: Transaction): Uint8Array {
  return keccak256(encodeTransaction(tx))
}

/** The hash that is signed (EIP-155, EIP-2718). */
export function signingHash(tx: Transaction): Uint8Array {
  const fields = encodeFields(tx)
  if (tx.type === 0 && tx.chainId !== null) fields.push(uint256.encode(tx.chainId), EMPTY, EMPTY)
  return keccak256(withType(tx.type, fields))
}

function decodeTyped(bytes: Uint8Array, place: string): Transaction {
  const type = bytes[0]
  if (bytes.length === 0 || type >= RLP_STRING) malformed(place, 'not a transaction')
  if (!isType(type) || type === 0)
    refuse(place, 'type-not-supported', `transaction type not supported: ${type}`)
  const payload = decodeRlp(bytes.subarray(1), place)
  if (type === 3 && Array.isArray(payload) && Array.isArray(payload[0]))
    malformed(place, 'unexpected blob sidecar in transaction: give it without blobs, commitments and proofs')
  return decodePayload(type, payload, place)
}

function decodePayload(type: TransactionType, payload: RlpItem, place: string): Transaction {
  const layout = LAYOUTS[type]
  const items = asTuple(payload, layout.length + 3, place)
  const fields: Record<string, unknown> = {}
  layout.forEach((field, i) => {
    // Types 0 and 1 have one price, which an error calls by the name its author gave it.
    const name = field === 'maxFeePerGas' && type < 2 ? 'gasPrice' : field
    fields[name] = FIELD_CODECS[field].decode(items[i], `${place}.${name}`)
  })
  return newTransaction({ type, ...fields, ...decodeSignature(type, items.slice(-3), place) })
}

function decodeSignature(type: TransactionType, items: readonly RlpItem[], place: string): SignatureFields {
  const v = uint256.decode(items[0], `${place}.${type === 0 ? 'v' : 'yParity'}`)
  const r = uint256.decode(items[1], `${place}.r`)
  const s = uint256.decode(items[2], `${place}.s`)
  return signatureFields(type, v, r, s, place)
}

/** The fields that a signature tells: of type 0 the chain id too. */
export interface SignatureFields {
  readonly signature: Signature
  readonly chainId?: bigint | null
}

/** A signature as it is written: v is the parity, or of type 0 27 and it, or 35 and twice the chain id and it. */
export function signatureFields(
  type: TransactionType,
  v: bigint,
  r: bigint,
  s: bigint,
  place: string,
): SignatureFields {
  if (type !== 0) {
    if (v > 1n) refuse(place, 'invalid-signature', `yParity: ${v} is not 0 or 1`)
    return { signature: { yParity: parityOf(v), r, s } }
  }
  if (v >= V_PROTECTED) {
    const chainId = (v - V_PROTECTED) >> 1n
    return { chainId, signature: { yParity: parityOf(v - V_PROTECTED), r, s } }
  }
  if (v !== V_UNPROTECTED && v !== V_UNPROTECTED + 1n)
    refuse(place, 'invalid-signature', `v: ${v} is not 27, 28, or 35 and above`)
  return { chainId: null, signature: { yParity: parityOf(v - V_UNPROTECTED), r, s } }
}

function encodeSignature(tx: Transaction): RlpItem[] {
  if (tx.signature === null)
    throw new ZvmError(ERROR_CODES.invalidTransaction, 'the transaction is not signed')
  const { yParity, r, s } = tx.signature
  return [legacyV(tx) + BigInt(yParity), r, s].map(uint256.encode)
}

/** v of a signature with even parity. */
function legacyV(tx: Transaction): bigint {
  if (tx.type !== 0) return 0n
  return tx.chainId === null ? V_UNPROTECTED : V_PROTECTED + 2n * tx.chainId
}

function encodeFields(tx: Transaction): RlpItem[] {
  return LAYOUTS[tx.type].map((field) => encodeField(field, tx))
}

function encodeField<F extends Field>(field: F, tx: Transaction): RlpItem {
  return FIELD_CODECS[field].encode(tx[field])
}

function withType(type: TransactionType, fields: RlpItem[]): Uint8Array {
  const payload = encodeRlp(fields)
  if (type === 0) return payload
  const bytes = new Uint8Array(payload.length + 1)
  bytes[0] = type
  bytes.set(payload, 1)
  return bytes
}

function isType(type: number): type is TransactionType {
  return type in LAYOUTS
}

function parityOf(value: bigint): 0 | 1 {
  return (value & 1n) === 0n ? 0 : 1
}

function malformed(place: string, what: string): never {
  throw new ZvmError(ERROR_CODES.rlp, `${place}: ${what}`, { place })
}

function refuse(place: string, rejection: RejectionCode, what: string): never {
  throw new ZvmError(ERROR_CODES.invalidTransaction, `${place}: ${what}`, { place, rejection })
}
