import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../../core/keccak.ts'
import { bytesToBigint } from '../../core/word.ts'
import type { AccountRecord } from '../../state/source.ts'
import {
  type CacheEntry,
  decodeAccount,
  encodeAccount,
  encodeWord,
  ownerOf,
  type ReplayCache,
} from './cache.ts'

/** The block whose state is read: that after it. */
export interface StateAt {
  readonly hash: bigint
  readonly number: bigint
}

/** The part of the cache that holds the state after one block. What is to be kept is written by `flush`, all at once. */
export class StateCache {
  readonly #cache: ReplayCache
  readonly #chainId: bigint
  readonly #hash: bigint
  readonly #owners = new Map<bigint, readonly [root: bigint | null, owner: bigint]>()
  #pending: CacheEntry[] = []

  constructor(cache: ReplayCache, chainId: bigint, at: StateAt) {
    this.#cache = cache
    this.#chainId = chainId
    this.#hash = at.hash
  }

  account(address: bigint): AccountRecord | null | undefined {
    const bytes = this.#cache.get('a', this.#chainId, this.#hash, address)
    return bytes && decodeAccount(bytes)
  }

  code(codeHash: bigint): Uint8Array | undefined {
    return this.#cache.get('c', codeHash)
  }

  storage(address: bigint, key: bigint): bigint | undefined {
    const [root, owner] = this.#ownersOf(address)
    const shared = root === null ? undefined : this.#cache.get('s', root, key)
    return wordOf(shared ?? this.#cache.get('s', owner, key))
  }

  anyStorage(address: bigint): boolean | undefined {
    const [root] = this.#ownersOf(address)
    return root === null ? undefined : root !== EMPTY_TRIE_ROOT
  }

  blockHash(number: bigint): bigint | undefined {
    return wordOf(this.#cache.get('h', this.#chainId, this.#hash, number))
  }

  keepAccount(address: bigint, account: AccountRecord | null, code: Uint8Array): void {
    this.#keep('a', [this.#chainId, this.#hash, address], encodeAccount(account))
    if (account && account.codeHash !== EMPTY_CODE_HASH) this.#keep('c', [account.codeHash], code)
  }

  keepSlot(address: bigint, key: bigint, value: bigint): void {
    const [root, owner] = this.#ownersOf(address)
    this.#keep('s', [root ?? owner, key], encodeWord(value))
  }

  /** Slots that are kept after it are filed under it, for every block in which the account has it. */
  keepStorageRoot(address: bigint, root: bigint): void {
    this.#owners.set(address, [root, this.#ownersOf(address)[1]])
    this.#keep('r', [this.#chainId, this.#hash, address], encodeWord(root))
  }

  keepBlockHash(number: bigint, hash: bigint): void {
    this.#keep('h', [this.#chainId, this.#hash, number], encodeWord(hash))
  }

  /** Writes what was kept since the last time. */
  flush(): void {
    this.#cache.put(this.#pending)
    this.#pending = []
  }

  #keep(kind: CacheEntry['kind'], key: readonly bigint[], value: Uint8Array): void {
    this.#pending.push({ kind, key, value })
  }

  /** What slots of the account may be filed under: its storage root, where it is known, and chain, block and address. */
  #ownersOf(address: bigint): readonly [root: bigint | null, owner: bigint] {
    const known = this.#owners.get(address)
    if (known) return known
    const root = wordOf(this.#cache.get('r', this.#chainId, this.#hash, address)) ?? null
    const owners = [root, ownerOf(this.#chainId, this.#hash, address)] as const
    this.#owners.set(address, owners)
    return owners
  }
}

function wordOf(bytes: Uint8Array | undefined): bigint | undefined {
  return bytes && bytesToBigint(bytes)
}
