import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { RlpItem } from '../core/rlp.ts'
import { bigintToBytes, bigintToMinimalBytes, bytesToBigint } from '../core/word.ts'
import type { AccessListEntry, Authorization, Transaction } from './transaction.ts'

/** How one field of a transaction or block is written in RLP. `decode` throws RLP naming `place`. */
export interface FieldCodec<T> {
  decode(item: RlpItem, place: string): T
  encode(value: T): RlpItem
}

/** Fields that stand in a payload under their own name; the signature is laid out by type. */
export type Field = Exclude<keyof Transaction, 'type' | 'signature'>

/** Unsigned, big-endian, without leading zeros, of at most `sizeBytes` bytes. */
export function integer(sizeBytes: number): FieldCodec<bigint> {
  return {
    decode(item, place) {
      const bytes = asBytes(item, place)
      if (bytes.length > sizeBytes)
        refuse(place, `an integer of ${bytes.length} bytes, at most ${sizeBytes} fit`)
      if (bytes[0] === 0) refuse(place, 'an integer with a leading zero')
      return bytesToBigint(bytes)
    },
    encode: bigintToMinimalBytes,
  }
}

/** A value of exactly `sizeBytes` bytes, leading zeros included. */
export function fixed(sizeBytes: number): FieldCodec<bigint> {
  return {
    decode(item, place) {
      const bytes = asBytes(item, place)
      if (bytes.length !== sizeBytes) refuse(place, `${bytes.length} bytes where ${sizeBytes} are needed`)
      return bytesToBigint(bytes)
    },
    encode: (value) => bigintToBytes(value, sizeBytes),
  }
}

/** A list of any length. */
export function listOf<T>(element: FieldCodec<T>): FieldCodec<readonly T[]> {
  return {
    decode: (item, place) => asList(item, place).map((each, i) => element.decode(each, `${place}[${i}]`)),
    encode: (values) => values.map(element.encode),
  }
}

const uint8 = integer(1)
export const uint64 = integer(8)
export const uint256 = integer(32)
export const address = fixed(20)
const words = listOf(fixed(32))

const accessEntry: FieldCodec<AccessListEntry> = {
  decode(item, place) {
    const [at, keys] = asTuple(item, 2, place)
    return {
      address: address.decode(at, `${place}.address`),
      keys: words.decode(keys, `${place}.storageKeys`),
    }
  },
  encode: (entry) => [address.encode(entry.address), words.encode(entry.keys)],
}

const authorization: FieldCodec<Authorization> = {
  decode(item, place) {
    const [chainId, at, nonce, yParity, r, s] = asTuple(item, 6, place)
    return {
      chainId: uint256.decode(chainId, `${place}.chainId`),
      address: address.decode(at, `${place}.address`),
      nonce: uint64.decode(nonce, `${place}.nonce`),
      yParity: Number(uint8.decode(yParity, `${place}.yParity`)),
      r: uint256.decode(r, `${place}.r`),
      s: uint256.decode(s, `${place}.s`),
    }
  },
  encode: (auth) => [
    uint256.encode(auth.chainId),
    address.encode(auth.address),
    uint64.encode(auth.nonce),
    uint8.encode(BigInt(auth.yParity)),
    uint256.encode(auth.r),
    uint256.encode(auth.s),
  ],
}

/** The codec of every field, whichever types it occurs in. */
export const FIELD_CODECS: { readonly [F in Field]: FieldCodec<Transaction[F]> } = {
  chainId: { decode: uint256.decode, encode: (value) => uint256.encode(value ?? 0n) },
  nonce: uint64,
  gasLimit: uint64,
  to: {
    decode: (item, place) => (item.length === 0 && isBytes(item) ? null : address.decode(item, place)),
    encode: (value) => (value === null ? new Uint8Array(0) : address.encode(value)),
  },
  value: uint256,
  data: { decode: asBytes, encode: (value) => value },
  maxFeePerGas: uint256,
  maxPriorityFeePerGas: uint256,
  accessList: listOf(accessEntry),
  maxFeePerBlobGas: uint256,
  blobHashes: words,
  authorizations: listOf(authorization),
}

function isBytes(item: RlpItem): item is Uint8Array {
  return item instanceof Uint8Array
}

/** The item as bytes; throws RLP for a list. */
export function asBytes(item: RlpItem, place: string): Uint8Array {
  return isBytes(item) ? item : refuse(place, 'a list where bytes are needed')
}

/** The item as a list; throws RLP for bytes. */
export function asList(item: RlpItem, place: string): readonly RlpItem[] {
  return isBytes(item) ? refuse(place, 'bytes where a list is needed') : item
}

/** The item as a list of exactly `length` items; throws RLP otherwise. */
export function asTuple(item: RlpItem, length: number, place: string): readonly RlpItem[] {
  const items = asList(item, place)
  if (items.length !== length) refuse(place, `${items.length} fields where ${length} are needed`)
  return items
}

function refuse(place: string, what: string): never {
  throw new ZvmError(ERROR_CODES.rlp, `${place}: ${what}`, { place })
}
