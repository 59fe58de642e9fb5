import type { AccessListEntry, Transaction } from '../chain/transaction.ts'
import { parseAddress, parseQuantity } from '../core/hex.ts'
import { asArray, asObject, type Json } from './fixture.ts'

/** What only set-code and blob transactions have; nothing for the others. */
export function typedFields(fields: Json, place: string): Partial<Transaction> {
  const list = <T>(name: string, read: (item: unknown, place: string) => T): T[] =>
    asArray(fields[name], `${place}.${name}`).map((item, i) => read(item, `${place}.${name}[${i}]`))
  if (fields.authorizationList !== undefined)
    return { type: 4, authorizations: list('authorizationList', readAuthorization) }
  if (fields.blobVersionedHashes !== undefined)
    return {
      type: 3,
      maxFeePerBlobGas: parseQuantity(fields.maxFeePerBlobGas, `${place}.maxFeePerBlobGas`),
      blobHashes: list('blobVersionedHashes', (hash, at) => parseQuantity(hash, at)),
    }
  return {}
}

/** The access list of a transaction; null where it has none. Throws VALUE. */
export function readAccessListOrNull(value: unknown, place: string): AccessListEntry[] | null {
  if (value === undefined || value === null) return null
  return asArray(value, place).map((item, i) => {
    const at = `${place}[${i}]`
    const entry = asObject(item, at)
    return {
      address: parseAddress(entry.address, `${at}.address`),
      keys: asArray(entry.storageKeys, `${at}.storageKeys`).map((key, j) =>
        parseQuantity(key, `${at}.storageKeys[${j}]`),
      ),
    }
  })
}

function readAuthorization(value: unknown, place: string): Transaction['authorizations'][number] {
  const auth = asObject(value, place)
  const quantity = (name: string) => parseQuantity(auth[name], `${place}.${name}`)
  return {
    chainId: quantity('chainId'),
    address: parseAddress(auth.address, `${place}.address`),
    nonce: quantity('nonce'),
    yParity: Number(parseQuantity(auth.yParity ?? auth.v, `${place}.yParity`, 53)),
    r: quantity('r'),
    s: quantity('s'),
  }
}
