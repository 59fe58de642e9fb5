import { NO_BYTES } from '../core/message.ts'
import { bigintToBytes, bytesToBigint } from '../core/word.ts'
import type { Commitment, CommittedState } from './commitment.ts'
import { type AccountChange, type AccountRecord, isSameRecord, type StateSource } from './source.ts'
import type { NodeStore } from './trie/store.ts'

/** Code by its hash, however many accounts have it. */
export interface CodeStore {
  get(codeHash: bigint): Uint8Array | undefined
  put(codeHash: bigint, code: Uint8Array): void
}

/** An account as it was read, with the slots of it that were. */
interface CachedAccount {
  readonly record: AccountRecord | null
  readonly slots: Map<bigint, bigint>
  anyStorage: boolean | undefined
}

/** Accounts kept flat; beyond that all are forgotten and read again. */
const MOST_CACHED = 1 << 18

/**
 * A committed state as a source, with what was read and written lately kept flat, so that block after block costs
 * what it changes and not what the state holds. It stands at one root and can be moved: on by the changes of a block
 * at no cost, or to any other root in the store, which forgets what was kept.
 */
export class CommittedSource implements StateSource {
  /** Hash of a block by number, asked only for the 256 before the running one. */
  blockHash: (number: bigint) => bigint = () => 0n
  readonly #commitment: Commitment
  readonly #nodes: NodeStore
  readonly #codes: CodeStore
  readonly #cached = new Map<bigint, CachedAccount>()
  #root: bigint
  #state: CommittedState

  constructor(commitment: Commitment, nodes: NodeStore, codes: CodeStore, root: bigint) {
    this.#commitment = commitment
    this.#nodes = nodes
    this.#codes = codes
    this.#root = root
    this.#state = this.#open(root)
  }

  /** The root it stands at. */
  get root(): bigint {
    return this.#root
  }

  account(address: bigint): AccountRecord | null {
    return this.#account(address).record
  }

  code(_address: bigint, codeHash: bigint): Uint8Array {
    return this.#codes.get(codeHash) ?? NO_BYTES
  }

  storage(address: bigint, key: bigint): bigint {
    const { record, slots } = this.#account(address)
    if (record === null) return 0n
    let value = slots.get(key)
    if (value === undefined) {
      value = this.#state.storage(address, key)
      slots.set(key, value)
    }
    return value
  }

  anyStorage(address: bigint): boolean {
    const account = this.#account(address)
    if (account.record === null) return false
    account.anyStorage ??= this.#state.anyStorage(address)
    return account.anyStorage
  }

  /** The root after changes, which are now in the store; this source stays where it is. */
  rootAfter(changes: readonly AccountChange[]): bigint {
    for (const { account, code } of changes) if (account && code) this.#codes.put(account.codeHash, code)
    const differing = changes.filter((change) => this.differs(change))
    return this.rootFrom(this.#root, differing)
  }

  /** The root after changes of the state at another root, which are now in the store. */
  rootFrom(root: bigint, changes: Iterable<AccountChange>): bigint {
    return bytesToBigint(this.#open(root).update(changes))
  }

  /** Moves on to the state that `changes` made, whose root is `root`. */
  advance(changes: readonly AccountChange[], root: bigint): void {
    if (this.#cached.size > MOST_CACHED) this.#cached.clear()
    for (const { address, account, isStorageCleared, slots } of changes) {
      const before = this.#cached.get(address)
      const kept = before && account !== null && !isStorageCleared ? before.slots : new Map<bigint, bigint>()
      for (const [key, value] of slots) kept.set(key, value)
      const isStorageChanged = isStorageCleared || slots.size > 0
      this.#cached.set(address, {
        record: account,
        slots: kept,
        anyStorage: isStorageChanged ? undefined : before?.anyStorage,
      })
    }
    this.#root = root
    this.#state = this.#open(root)
  }

  /** Goes to another state of the store. */
  moveTo(root: bigint): void {
    if (root === this.#root) return
    this.#cached.clear()
    this.#root = root
    this.#state = this.#open(root)
  }

  /** An account that was only read is told of as changed too; to write it would cost as much as a change. */
  differs({ address, account, isStorageCleared, slots }: AccountChange): boolean {
    const before = this.#account(address).record
    if (!isSameRecord(before, account)) return true
    return account !== null && (isStorageCleared || slots.size > 0)
  }

  #account(address: bigint): CachedAccount {
    let account = this.#cached.get(address)
    if (account === undefined) {
      account = { record: this.#state.account(address), slots: new Map(), anyStorage: undefined }
      this.#cached.set(address, account)
    }
    return account
  }

  #open(root: bigint): CommittedState {
    return this.#commitment.open(this.#nodes, bigintToBytes(root, 32))
  }
}
