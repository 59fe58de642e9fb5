import { newTransaction, type Transaction } from '../chain/transaction.ts'
import { hexToBytes, parseAddress, parseQuantity } from '../core/hex.ts'
import { addressOfKey, asArray, asObject, type Json } from './fixture.ts'
import { readAccessListOrNull, typedFields } from './transaction-json.ts'

/** Which of a test's data, gas limits and values a case takes. */
export interface Indexes {
  readonly d: number
  readonly g: number
  readonly v: number
}

/** Reads the `indexes` of a post entry. Throws VALUE. */
export function readIndexes(value: unknown, place: string): Indexes {
  const members = asObject(value, place)
  const index = (name: string) => Number(parseQuantity(members[name], `${place}.${name}`, 32))
  return { d: index('data'), g: index('gas'), v: index('value') }
}

/** A transaction with its sender, who need not have signed it. */
export interface SentTransaction {
  readonly tx: Transaction
  readonly sender: bigint
}

/** The transaction of a state test that these indexes pick; its type is told by the members it has. Throws VALUE. */
export function readTransaction(value: unknown, { d, g, v }: Indexes, place: string): SentTransaction {
  const fields = asObject(value, place)
  const quantity = (name: string) => parseQuantity(fields[name], `${place}.${name}`)
  const pick = <T>(name: string, index: number, read: (item: unknown, place: string) => T): T =>
    read(asArray(fields[name], `${place}.${name}`)[index], `${place}.${name}[${index}]`)
  const isCreation = fields.to === '' || fields.to === undefined
  const isFeeMarket = fields.maxFeePerGas !== undefined
  const fees = isFeeMarket
    ? { maxFeePerGas: quantity('maxFeePerGas'), maxPriorityFeePerGas: quantity('maxPriorityFeePerGas') }
    : { gasPrice: quantity('gasPrice') }
  const accessList = fields.accessLists === undefined ? null : pick('accessLists', d, readAccessListOrNull)
  const common = {
    type: isFeeMarket ? (2 as const) : accessList ? (1 as const) : (0 as const),
    nonce: quantity('nonce'),
    gasLimit: pick('gasLimit', g, parseQuantity),
    to: isCreation ? null : parseAddress(fields.to, `${place}.to`),
    value: pick('value', v, parseQuantity),
    data: pick('data', d, hexToBytes),
    ...(accessList ? { accessList } : {}),
    ...fees,
  }
  const tx = newTransaction({ ...common, ...typedFields(fields, place) })
  return { tx, sender: readSender(fields, place) }
}

const senders = new Map<string, bigint>()

/** The sender as named, or derived from the secret key; keys are few, deriving is slow. */
function readSender({ sender, secretKey }: Json, place: string): bigint {
  if (sender !== undefined) return parseAddress(sender, `${place}.sender`)
  const known = senders.get(String(secretKey))
  if (known !== undefined) return known
  const address = addressOfKey(secretKey, `${place}.secretKey`)
  senders.set(String(secretKey), address)
  return address
}
