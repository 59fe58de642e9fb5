import { signTransaction } from '../../chain/sign.ts'
import { newTransaction, type Transaction, type TransactionType } from '../../chain/transaction.ts'
import {
  decodeTransactionItem,
  type SignatureFields,
  signatureFields,
} from '../../chain/transaction-codec.ts'
import { asList } from '../../chain/transaction-fields.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { hexToBytes, parseAddress, parseFixedBytes, parseQuantity } from '../../core/hex.ts'
import { arrayOf, type Read } from '../../core/members.ts'
import { decodeRlp, type RlpItem } from '../../core/rlp.ts'
import { addressOfKey, asObject, type Json } from '../fixture.ts'
import { readAccessListOrNull, typedFields } from '../transaction-json.ts'

/** A transaction of the input, or why it is none. */
export type GivenTransaction = Transaction | { readonly fault: string }

/** How a transaction that comes with its sender's key is signed. */
export interface Signing {
  readonly chainId: bigint
  /** Whether legacy signatures can be bound to the chain (EIP-155). */
  readonly isProtected: boolean
}

/**
 * Reads transactions in the form of JSON-RPC. One with a `secretKey` and no signature is signed, without the chain
 * where `protected` is false. Throws VALUE naming what is wrong.
 */
export function readTransactions(value: unknown, place: string, signing: Signing): Transaction[] {
  return arrayOf((item, at) => readTransaction(item, at, signing))(value, place)
}

/** Reads a block's list of transactions from RLP. One that is none is told as such; throws RLP where it is no list. */
export function decodeTransactions(bytes: Uint8Array, place: string): GivenTransaction[] {
  return asList(decodeRlp(bytes, place), place).map((item, i) => decodeOne(item, `${place}[${i}]`))
}

function decodeOne(item: RlpItem, place: string): GivenTransaction {
  try {
    return decodeTransactionItem(item, place)
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    return { fault: error.message }
  }
}

function readTransaction(value: unknown, place: string, signing: Signing): Transaction {
  const fields = asObject(value, place)
  const tx = newTransaction({
    ...readFields(fields, place),
    ...typedFields(fields, place),
    type: readType(fields, place),
  })
  const quantity = (name: string) =>
    isAbsent(fields[name]) ? 0n : parseQuantity(fields[name], `${place}.${name}`)
  const [v, r, s] = [quantity(isAbsent(fields.v) ? 'yParity' : 'v'), quantity('r'), quantity('s')]
  if (v === 0n && r === 0n && s === 0n && !isAbsent(fields.secretKey)) return sign(tx, fields, place, signing)
  if (isAbsent(fields.r) || isAbsent(fields.s))
    throw new ZvmError(ERROR_CODES.value, `${place}: neither v, r and s nor secretKey`, { place })
  return { ...tx, ...signatureOf(tx, v, r, s, place) }
}

function readFields(fields: Json, place: string): Parameters<typeof newTransaction>[0] {
  const name = (one: string, other: string) =>
    isAbsent(fields[one]) && !isAbsent(fields[other]) ? other : one
  const read = <T>(member: string, one: Read<T>) => one(fields[member], `${place}.${member}`)
  const uint64: Read<bigint> = (item, at) => parseQuantity(item, at, 64)
  const isFeeMarket = readType(fields, place) > 1
  const fees = isFeeMarket
    ? {
        maxFeePerGas: read('maxFeePerGas', parseQuantity),
        maxPriorityFeePerGas: read('maxPriorityFeePerGas', parseQuantity),
      }
    : { gasPrice: read('gasPrice', parseQuantity) }
  const accessList = read('accessList', readAccessListOrNull)
  const isCreation = isAbsent(fields.to) || fields.to === '' || fields.to === '0x'
  return {
    ...(isAbsent(fields.chainId) ? {} : { chainId: read('chainId', parseQuantity) }),
    nonce: read('nonce', uint64),
    gasLimit: read(name('gas', 'gasLimit'), uint64),
    to: isCreation ? null : read('to', parseAddress),
    value: read('value', parseQuantity),
    data: read(name('input', 'data'), hexToBytes),
    ...(accessList ? { accessList } : {}),
    ...fees,
  }
}

function readType({ type }: Json, place: string): TransactionType {
  const number = isAbsent(type) ? 0n : parseQuantity(type, `${place}.type`, 64)
  if (number <= 4n) return Number(number) as TransactionType
  throw new ZvmError(ERROR_CODES.value, `${place}.type: transaction type not supported (${number})`, {
    place,
  })
}

function sign(tx: Transaction, fields: Json, place: string, { chainId, isProtected }: Signing): Transaction {
  // Which also sees whether it is a key.
  addressOfKey(fields.secretKey, `${place}.secretKey`)
  const key = parseFixedBytes(fields.secretKey, `${place}.secretKey`, 32)
  const isBound = isProtected && fields.protected !== false
  return signTransaction(tx.type === 0 ? { ...tx, chainId: isBound ? chainId : null } : tx, key)
}

function signatureOf({ type }: Transaction, v: bigint, r: bigint, s: bigint, place: string): SignatureFields {
  try {
    return signatureFields(type, v, r, s, place)
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    // What is wrong with text is no matter of the block.
    throw new ZvmError(ERROR_CODES.value, error.message, error.details, error)
  }
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}
