import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { EMPTY_CODE_HASH, keccak256 } from '../../core/keccak.ts'
import { bigintToBytes, bytesToBigint } from '../../core/word.ts'
import { makeFolder } from '../../host/write-file.ts'
import { Database, type WritablePairs } from '../../state/disk/database.ts'
import type { AccountRecord } from '../../state/source.ts'

/**
 * What nodes have answered, in an LMDB database of bytes by bytes. The first byte of a key says what it is for; what
 * can differ between two chains or blocks has their ids in its key. Words are 32 bytes.
 *
 * | key | value |
 * |---|---|
 * | `e` ‖ keccak256 of an address of the network | the chain id of the node there |
 * | `t` ‖ chain id ‖ transaction hash | block hash ‖ index, 4 bytes |
 * | `n` ‖ chain id ‖ number | block hash |
 * | `b` ‖ chain id ‖ block hash | the block and its receipts as the node gave them, JSON, deflated |
 * | `o` ‖ chain id ‖ block hash | who signed each of its transactions, as recovered here, 20 bytes each |
 * | `h` ‖ chain id ‖ block hash ‖ number | the hash of that ancestor |
 * | `a` ‖ chain id ‖ block hash ‖ address | the account after that block, see `encodeAccount` |
 * | `c` ‖ code hash | code |
 * | `k` ‖ keccak256 | the bytes: a node of a trie that was proven, or a header, RLP |
 * | `s` ‖ slots' owner ‖ key | the value: the owner is the storage root, or stands for chain, block and address |
 * | `r` ‖ chain id ‖ block hash ‖ address | the storage root |
 */
export type Kind = 'e' | 't' | 'n' | 'b' | 'o' | 'h' | 'a' | 'c' | 'k' | 's' | 'r'

/** Bytes that a cache may hold unless another limit is given. */
export const CACHE_LIMIT_BYTES = 1e9

/** A value to be kept. */
export interface CacheEntry {
  readonly kind: Kind
  readonly key: readonly bigint[]
  readonly value: Uint8Array
}

/** The local cache of replays: once it is full, what is new is not kept. */
export class ReplayCache {
  readonly folder: string
  readonly limitBytes: number
  readonly #database: Database

  private constructor(folder: string, limitBytes: number, database: Database) {
    this.folder = folder
    this.limitBytes = limitBytes
    this.#database = database
  }

  /** Opens the cache in a folder, which is made where it is missing. Throws IO, or VALUE where other things are in it. */
  static async open(folder: string, limitBytes = CACHE_LIMIT_BYTES): Promise<ReplayCache> {
    makeFolder(dirname(folder))
    return new ReplayCache(folder, limitBytes, await Database.open(folder, 'create'))
  }

  /** Bytes of the file. */
  get sizeBytes(): number {
    return statSync(join(this.folder, 'data.mdb'), { throwIfNoEntry: false })?.size ?? 0
  }

  get isFull(): boolean {
    return this.sizeBytes >= this.limitBytes
  }

  get(kind: Kind, ...key: bigint[]): Uint8Array | undefined {
    const bytes = keyOf(kind, key)
    return this.#database.read((pairs) => pairs.get(bytes))
  }

  /** All are kept when this returns, or none where the cache is full. */
  put(entries: readonly CacheEntry[]): void {
    if (entries.length === 0 || this.isFull) return
    const write = (pairs: WritablePairs) => {
      for (const { kind, key, value } of entries) pairs.put(keyOf(kind, key), value)
    }
    this.#database.write(write, () => undefined)
  }

  close(): Promise<void> {
    return this.#database.close()
  }
}

/** The kind and the words of the key. */
function keyOf(kind: Kind, words: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(1 + 32 * words.length)
  bytes[0] = kind.charCodeAt(0)
  for (const [i, word] of words.entries()) bytes.set(bigintToBytes(word, 32), 1 + 32 * i)
  return bytes
}

/** What slots are filed under where their storage root is not known. */
export function ownerOf(chainId: bigint, blockHash: bigint, address: bigint): bigint {
  const bytes = new Uint8Array(96)
  for (const [i, word] of [chainId, blockHash, address].entries()) bytes.set(bigintToBytes(word, 32), 32 * i)
  return bytesToBigint(keccak256(bytes))
}

/** A word as a value. */
export function encodeWord(value: bigint): Uint8Array {
  return bigintToBytes(value, 32)
}

/** One zero byte where there is no account; else nonce, balance and code hash, 8, 32 and 32 bytes. */
export function encodeAccount(account: AccountRecord | null): Uint8Array {
  if (account === null) return new Uint8Array(1)
  const bytes = new Uint8Array(account.codeHash === EMPTY_CODE_HASH ? 40 : 72)
  bytes.set(bigintToBytes(account.nonce, 8))
  bytes.set(bigintToBytes(account.balance, 32), 8)
  if (bytes.length > 40) bytes.set(bigintToBytes(account.codeHash, 32), 40)
  return bytes
}

export function decodeAccount(bytes: Uint8Array): AccountRecord | null {
  if (bytes.length === 1) return null
  return {
    nonce: bytesToBigint(bytes.subarray(0, 8)),
    balance: bytesToBigint(bytes.subarray(8, 40)),
    codeHash: bytes.length > 40 ? bytesToBigint(bytes.subarray(40)) : EMPTY_CODE_HASH,
  }
}

/** JSON, deflated quickly: what nodes say of a block is mostly zeros and repetition. */
export function encodeJson(value: unknown): Uint8Array {
  return deflateRawSync(JSON.stringify(value), { level: 1 })
}

/** What was encoded; undefined where the bytes are damaged. */
export function decodeJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(inflateRawSync(bytes).toString())
  } catch {
    return undefined
  }
}

export function encodeAddresses(addresses: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(20 * addresses.length)
  for (const [i, address] of addresses.entries()) bytes.set(bigintToBytes(address, 20), 20 * i)
  return bytes
}

export function decodeAddresses(bytes: Uint8Array): bigint[] {
  return Array.from({ length: bytes.length / 20 }, (_, i) =>
    bytesToBigint(bytes.subarray(20 * i, 20 * i + 20)),
  )
}
