import {
  type AccessListEntry,
  type Authorization,
  newTransaction,
  type Transaction,
  type TransactionType,
} from '../chain/transaction.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToHex, toFixedHex, toQuantity } from '../core/hex.ts'
import { arrayOf, Members } from '../core/members.ts'
import {
  orNull,
  quantity,
  readAddress,
  readBytes,
  readHash,
  readWord,
  smallQuantity,
} from './bundle-values.ts'

/**
 * An unsigned transaction under the names of JSON-RPC. A member that its type does not have is refused; `to` null
 * creates a contract; a legacy one without EIP-155 has no chainId.
 */
export function readFields(value: unknown, place: string): Transaction {
  const members = new Members(value, place)
  const type = members.required('type', readType)
  const transaction = newTransaction({
    type,
    chainId:
      type === 0 ? (members.optional('chainId', readWord) ?? null) : members.required('chainId', readWord),
    nonce: members.required('nonce', quantity(64)),
    gasLimit: members.required('gas', quantity(64)),
    to: members.required('to', orNull(readAddress)),
    value: members.required('value', readWord),
    data: members.required('input', readBytes),
    ...(type < 2
      ? { gasPrice: members.required('gasPrice', readWord) }
      : {
          maxFeePerGas: members.required('maxFeePerGas', readWord),
          maxPriorityFeePerGas: members.required('maxPriorityFeePerGas', readWord),
        }),
    ...(type > 0 && { accessList: members.required('accessList', arrayOf(readAccessListEntry)) }),
    ...(type === 3 && {
      maxFeePerBlobGas: members.required('maxFeePerBlobGas', readWord),
      blobHashes: members.required('blobVersionedHashes', arrayOf(readHash)),
    }),
    ...(type === 4 && { authorizations: members.required('authorizationList', arrayOf(readAuthorization)) }),
  })
  members.done()
  return transaction
}

/** The JSON form of an unsigned transaction; what `readFields` reads. */
export function fieldsToJson(tx: Transaction): Record<string, unknown> {
  return {
    type: toQuantity(tx.type),
    ...(tx.chainId !== null && { chainId: toQuantity(tx.chainId) }),
    nonce: toQuantity(tx.nonce),
    gas: toQuantity(tx.gasLimit),
    to: tx.to === null ? null : toFixedHex(tx.to, 20),
    value: toQuantity(tx.value),
    input: bytesToHex(tx.data),
    ...(tx.type < 2
      ? { gasPrice: toQuantity(tx.maxFeePerGas) }
      : {
          maxFeePerGas: toQuantity(tx.maxFeePerGas),
          maxPriorityFeePerGas: toQuantity(tx.maxPriorityFeePerGas),
        }),
    ...(tx.type > 0 && { accessList: tx.accessList.map(accessListEntryToJson) }),
    ...(tx.type === 3 && {
      maxFeePerBlobGas: toQuantity(tx.maxFeePerBlobGas),
      blobVersionedHashes: tx.blobHashes.map((hash) => toFixedHex(hash, 32)),
    }),
    ...(tx.type === 4 && { authorizationList: tx.authorizations.map(authorizationToJson) }),
  }
}

function readType(value: unknown, place: string): TransactionType {
  const type = smallQuantity(8)(value, place)
  if (type > 4) throw new ZvmError(ERROR_CODES.value, `${place}: no transaction type (${type})`, { place })
  return type as TransactionType
}

function readAccessListEntry(value: unknown, place: string): AccessListEntry {
  const members = new Members(value, place)
  const entry = accessListEntryOf(members)
  members.done()
  return entry
}

/** An entry of an access list, other members of it left to be taken. */
export function accessListEntryOf(members: Members): AccessListEntry {
  return {
    address: members.required('address', readAddress),
    keys: members.required('storageKeys', arrayOf(readHash)),
  }
}

function accessListEntryToJson(entry: AccessListEntry): Record<string, unknown> {
  return {
    address: toFixedHex(entry.address, 20),
    storageKeys: entry.keys.map((key) => toFixedHex(key, 32)),
  }
}

function readAuthorization(value: unknown, place: string): Authorization {
  const members = new Members(value, place)
  const authorization = authorizationOf(members)
  members.done()
  return authorization
}

/** An authorization, other members of it left to be taken. */
export function authorizationOf(members: Members): Authorization {
  return {
    chainId: members.required('chainId', readWord),
    address: members.required('address', readAddress),
    nonce: members.required('nonce', quantity(64)),
    yParity: members.required('yParity', smallQuantity(8)),
    r: members.required('r', readWord),
    s: members.required('s', readWord),
  }
}

function authorizationToJson(authorization: Authorization): Record<string, unknown> {
  return {
    chainId: toQuantity(authorization.chainId),
    address: toFixedHex(authorization.address, 20),
    nonce: toQuantity(authorization.nonce),
    yParity: toQuantity(authorization.yParity),
    r: toQuantity(authorization.r),
    s: toQuantity(authorization.s),
  }
}
