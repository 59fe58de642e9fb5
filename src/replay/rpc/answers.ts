import type { Withdrawal } from '../../chain/block.ts'
import { type BlockHeader, newHeader } from '../../chain/header.ts'
import { HEADER_FIELDS, type HeaderForm } from '../../chain/header-json.ts'
import type { AccessListEntry, Authorization, Signature, Transaction } from '../../chain/transaction.ts'
import { newTransaction } from '../../chain/transaction.ts'
import { transactionHash } from '../../chain/transaction-codec.ts'
import { withdrawalReader } from '../../chain/withdrawal-json.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { toFixedHex } from '../../core/hex.ts'
import { arrayOf, Members, type Read } from '../../core/members.ts'
import { bytesToBigint } from '../../core/word.ts'
import type { BundleLog } from '../bundle.ts'
import { accessListEntryOf, authorizationOf } from '../bundle-fields.ts'
import {
  orNull,
  quantity,
  readAddress,
  readBytes,
  readHash,
  readWord,
  smallQuantity,
} from '../bundle-values.ts'

/** A block as a node tells it. */
export interface NodeBlock {
  /** As the node says. */
  readonly hash: bigint
  readonly header: BlockHeader
  readonly transactions: readonly NodeTransaction[]
  /** Null before EIP-4895. */
  readonly withdrawals: readonly Withdrawal[] | null
  readonly ommerHashes: readonly bigint[]
}

/** A transaction of a block; `tx` is null where its type is none that we know. */
export interface NodeTransaction {
  readonly hash: bigint
  readonly type: number
  readonly from: bigint
  readonly to: bigint | null
  readonly tx: Transaction | null
}

/** A receipt as a node tells it. */
export interface NodeReceipt {
  readonly transactionHash: bigint
  /** Null before Byzantium, where a receipt has a state root instead. */
  readonly status: 0 | 1 | null
  /** The state root after the transaction, before Byzantium, where the node gives it. */
  readonly root: bigint | null
  readonly gasUsed: bigint
  readonly cumulativeGasUsed: bigint
  readonly effectiveGasPrice: bigint | null
  readonly blobGasUsed: bigint | null
  readonly blobGasPrice: bigint | null
  readonly contractAddress: bigint | null
  readonly logs: readonly BundleLog[]
  readonly logsBloom: Uint8Array
}

/** The member, or null where it is absent or null: nodes differ in how they leave a thing out. */
function maybe<T>(members: Members, name: string, read: Read<T>): T | null {
  return members.optional(name, orNull(read)) ?? null
}

const uint64 = quantity(64)

/** Reads a block with its transactions. Throws VALUE naming the member. */
export function readNodeBlock(value: unknown, place: string): NodeBlock {
  const members = new Members(value, place)
  return {
    hash: members.required('hash', readHash),
    header: readNodeHeader(value, place),
    transactions: members.required('transactions', arrayOf(readNodeTransaction)),
    withdrawals: maybe(members, 'withdrawals', arrayOf(readWithdrawal)),
    ommerHashes: maybe(members, 'uncles', arrayOf(readHash)) ?? [],
  }
}

const READERS: Readonly<Record<HeaderForm, Read<bigint | Uint8Array>>> = {
  uint64,
  uint256: readWord,
  8: uint64,
  20: readAddress,
  32: readHash,
  bytes: readBytes,
}

/** Fields of every header that nodes leave out where they are zero. */
const MAY_LACK: ReadonlySet<keyof BlockHeader> = new Set(['difficulty', 'mixHash', 'nonce'])

/** Reads a header; what its fork does not have is null. Throws VALUE naming the member. */
export function readNodeHeader(value: unknown, place: string): BlockHeader {
  const members = new Members(value, place)
  const empty = newHeader({})
  const fields = HEADER_FIELDS.map(([name, field, form]) => {
    const isRequired = empty[field] !== null && !MAY_LACK.has(field)
    const found = isRequired ? members.required(name, READERS[form]) : maybe(members, name, READERS[form])
    return [field, found ?? empty[field]]
  })
  return Object.fromEntries(fields)
}

const readWithdrawal = withdrawalReader(uint64, readAddress)

/** Reads a transaction and checks that its fields have the hash it is said to have. */
export function readNodeTransaction(value: unknown, place: string): NodeTransaction {
  const members = new Members(value, place)
  const hash = members.required('hash', readHash)
  const type = maybe(members, 'type', smallQuantity(8)) ?? 0
  const from = members.required('from', readAddress)
  const to = maybe(members, 'to', readAddress)
  if (type > 4) return { hash, type, from, to, tx: null }
  const tx = newTransaction({
    type: type as Transaction['type'],
    nonce: members.required('nonce', uint64),
    gasLimit: members.required('gas', uint64),
    to,
    value: members.required('value', readWord),
    data: members.required('input', readBytes),
    ...readPrices(members, type),
    accessList: maybe(members, 'accessList', arrayOf(readAccess)) ?? [],
    maxFeePerBlobGas: maybe(members, 'maxFeePerBlobGas', readWord) ?? 0n,
    blobHashes: maybe(members, 'blobVersionedHashes', arrayOf(readHash)) ?? [],
    authorizations: maybe(members, 'authorizationList', arrayOf(readAuthorization)) ?? [],
    ...readSignature(members, type),
  })
  const computed = bytesToBigint(transactionHash(tx))
  if (computed !== hash)
    refuse(place, `its fields have the hash ${toFixedHex(computed, 32)}, not ${toFixedHex(hash, 32)}`)
  return { hash, type, from, to, tx }
}

function readPrices(members: Members, type: number): Partial<Transaction> {
  const name = type < 2 ? 'gasPrice' : 'maxFeePerGas'
  const maxFeePerGas = members.required(name, readWord)
  return {
    maxFeePerGas,
    maxPriorityFeePerGas: type < 2 ? maxFeePerGas : members.required('maxPriorityFeePerGas', readWord),
  }
}

/** A legacy v is 27 or 28, or carries the chain id (EIP-155); a typed one is the parity. */
function readSignature(members: Members, type: number): { signature: Signature; chainId: bigint | null } {
  const r = members.required('r', readWord)
  const s = members.required('s', readWord)
  const v = (type > 0 ? maybe(members, 'yParity', readWord) : null) ?? members.required('v', readWord)
  const yParity = (parity: bigint) => ((parity & 1n) === 0n ? 0 : 1)
  if (type > 0)
    return { signature: { yParity: yParity(v), r, s }, chainId: members.required('chainId', readWord) }
  if (v < 35n) return { signature: { yParity: yParity(v - 27n), r, s }, chainId: null }
  return { signature: { yParity: yParity(v - 35n), r, s }, chainId: (v - 35n) >> 1n }
}

const readAccess: Read<AccessListEntry> = (value, place) => accessListEntryOf(new Members(value, place))

/** The access list of what `eth_createAccessList` answers. */
export function readAccessList(value: unknown, place: string): AccessListEntry[] {
  return new Members(value, place).required('accessList', arrayOf(readAccess))
}

const readAuthorization: Read<Authorization> = (value, place) => authorizationOf(new Members(value, place))

/** Reads a receipt. Throws VALUE naming the member. */
export function readNodeReceipt(value: unknown, place: string): NodeReceipt {
  const members = new Members(value, place)
  const status = maybe(members, 'status', smallQuantity(1))
  return {
    transactionHash: members.required('transactionHash', readHash),
    status: status === null ? null : status === 1 ? 1 : 0,
    root: status === null ? maybe(members, 'root', readHash) : null,
    gasUsed: members.required('gasUsed', uint64),
    cumulativeGasUsed: members.required('cumulativeGasUsed', uint64),
    effectiveGasPrice: maybe(members, 'effectiveGasPrice', readWord),
    blobGasUsed: maybe(members, 'blobGasUsed', uint64),
    blobGasPrice: maybe(members, 'blobGasPrice', readWord),
    contractAddress: maybe(members, 'contractAddress', readAddress),
    logs: members.required('logs', arrayOf(readLog)),
    logsBloom: members.required('logsBloom', readBytes),
  }
}

function readLog(value: unknown, place: string): BundleLog {
  const members = new Members(value, place)
  return {
    address: members.required('address', readAddress),
    topics: members.required('topics', arrayOf(readHash)),
    data: members.required('data', readBytes),
  }
}

function refuse(place: string, what: string): never {
  throw new ZvmError(ERROR_CODES.value, `${place}: ${what}`, { place })
}
