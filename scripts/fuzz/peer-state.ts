import type { StateManagerInterface } from '@ethereumjs/common'
import { OriginalStorageCache } from '@ethereumjs/statemanager'
import { Account, type Address, KECCAK256_RLP } from '@ethereumjs/util'
import { keccak256 } from '../../src/core/keccak.ts'
import { bigintToBytes, bytesToBigint } from '../../src/core/word.ts'
import { codeHashOf } from '../../src/state/memory-source.ts'
import type { FuzzAccount } from './case.ts'

interface Entry {
  readonly nonce: bigint
  readonly balance: bigint
  readonly codeHash: Uint8Array
}

const NO_BYTES = new Uint8Array(0)
/** Stands for the root of any storage that is not empty; only whether it is the empty one is ever asked. */
const SOME_ROOT = new Uint8Array(32).fill(1)

type Fields = Parameters<StateManagerInterface['modifyAccountFields']>[1]

/**
 * The state of the peer: three maps and a log of what to undo. It behaves as the peer's own trie-backed manager does:
 * accounts are handed out and taken in by value, and a deleted account loses code and storage. It is many times
 * cheaper to set up and to check than that one.
 */
export class PeerState implements StateManagerInterface {
  readonly originalStorageCache = new OriginalStorageCache(this.getStorage.bind(this))
  readonly #accounts = new Map<bigint, Entry>()
  readonly #codes = new Map<bigint, Uint8Array>()
  readonly #storage = new Map<bigint, Map<bigint, bigint>>()
  readonly #undo: (() => void)[] = []
  readonly #checkpoints: number[] = []

  /** Forgets everything and starts from these accounts. */
  reset(pre: ReadonlyMap<bigint, FuzzAccount>): void {
    for (const map of [this.#accounts, this.#codes, this.#storage]) map.clear()
    this.#undo.length = 0
    this.#checkpoints.length = 0
    this.originalStorageCache.clear()
    for (const [address, { nonce, balance, code, storage }] of pre) {
      this.#accounts.set(address, { nonce, balance, codeHash: bigintToBytes(codeHashOf(code), 32) })
      this.#codes.set(address, code)
      this.#storage.set(address, new Map(storage))
    }
  }

  /** Whether a checkpoint was neither committed nor reverted. */
  get isOpen(): boolean {
    return this.#checkpoints.length > 0
  }

  /** Every account as it is now. */
  post(): Map<bigint, FuzzAccount> {
    const post = new Map<bigint, FuzzAccount>()
    for (const [address, { nonce, balance }] of this.#accounts)
      post.set(address, {
        nonce,
        balance,
        code: this.#codes.get(address) ?? NO_BYTES,
        storage: this.#storage.get(address) ?? new Map(),
      })
    return post
  }

  async getAccount(address: Address): Promise<Account | undefined> {
    const at = bytesToBigint(address.bytes)
    const entry = this.#accounts.get(at)
    if (!entry) return undefined
    const hasStorage = (this.#storage.get(at)?.size ?? 0) > 0
    return new Account(entry.nonce, entry.balance, hasStorage ? SOME_ROOT : KECCAK256_RLP, entry.codeHash)
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    if (!account) return this.deleteAccount(address)
    const { nonce, balance, codeHash } = account
    this.#set(this.#accounts, bytesToBigint(address.bytes), { nonce, balance, codeHash })
  }

  async deleteAccount(address: Address): Promise<void> {
    const at = bytesToBigint(address.bytes)
    this.#set(this.#accounts, at, undefined)
    this.#set(this.#codes, at, undefined)
    this.#set(this.#storage, at, undefined)
  }

  async modifyAccountFields(address: Address, fields: Fields): Promise<void> {
    const account = (await this.getAccount(address)) ?? new Account()
    Object.assign(account, fields)
    await this.putAccount(address, account)
  }

  async putCode(address: Address, code: Uint8Array): Promise<void> {
    this.#set(this.#codes, bytesToBigint(address.bytes), code)
    await this.modifyAccountFields(address, { codeHash: keccak256(code) })
  }

  async getCode(address: Address): Promise<Uint8Array> {
    return this.#codes.get(bytesToBigint(address.bytes)) ?? NO_BYTES
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length
  }

  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    const value = this.#storage.get(bytesToBigint(address.bytes))?.get(bytesToBigint(key))
    if (value === undefined) return NO_BYTES
    const bytes = bigintToBytes(value, 32)
    return bytes.subarray(bytes.findIndex((byte) => byte !== 0))
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    const at = bytesToBigint(address.bytes)
    let slots = this.#storage.get(at)
    if (!slots) {
      slots = new Map()
      this.#set(this.#storage, at, slots)
    }
    const word = bytesToBigint(value)
    this.#set(slots, bytesToBigint(key), word === 0n ? undefined : word)
  }

  async clearStorage(address: Address): Promise<void> {
    this.#set(this.#storage, bytesToBigint(address.bytes), undefined)
  }

  async checkpoint(): Promise<void> {
    this.#checkpoints.push(this.#undo.length)
  }

  async commit(): Promise<void> {
    this.#checkpoints.pop()
  }

  async revert(): Promise<void> {
    const mark = this.#checkpoints.pop() ?? 0
    while (this.#undo.length > mark) this.#undo.pop()!()
  }

  /** Asked for receipts before Byzantium, which are not compared. */
  async getStateRoot(): Promise<Uint8Array> {
    return KECCAK256_RLP
  }

  async setStateRoot(): Promise<void> {}

  async hasStateRoot(): Promise<boolean> {
    return true
  }

  clearCaches(): void {}

  shallowCopy(): PeerState {
    throw new Error('the state of the peer is not copied')
  }

  #set<V>(map: Map<bigint, V>, key: bigint, value: V | undefined): void {
    const before = map.get(key)
    this.#undo.push(() => {
      if (before === undefined) map.delete(key)
      else map.set(key, before)
    })
    if (value === undefined) map.delete(key)
    else map.set(key, value)
  }
}
