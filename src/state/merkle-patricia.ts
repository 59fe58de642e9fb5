import { toFixedHex } from '../core/hex.ts'
import type { AccountState, Commitment, CommittedState, Slots } from './commitment.ts'
import { hashedAddress, hashedSlot } from './hashed-keys.ts'
import type { AccountChange } from './source.ts'
import {
  decodeAccount,
  decodeSlotValue,
  EMPTY_ACCOUNT,
  encodeAccount,
  encodeSlotValue,
  type TrieAccount,
} from './trie/account.ts'
import type { Change } from './trie/batch.ts'
import { verifyProof } from './trie/proof.ts'
import { EMPTY_ROOT, isEmptyRoot, rootOf } from './trie/root.ts'
import type { NodeStore } from './trie/store.ts'
import { Trie } from './trie/trie.ts'

/** Ethereum's commitment: a trie of accounts, each with the root of a trie of its slots (Yellow Paper 4.1). */
export const merklePatricia: Commitment = {
  name: 'merkle-patricia',
  readsCode: false,
  root: accountsRoot,
  open: (store, root) => new MerklePatriciaState(store, root),
}

/** The root of an account's storage; zero values are left out. */
export function storageRoot(slots: Slots): Uint8Array {
  return rootOf(slotChanges(slots))
}

/** The root of a whole state. */
export function accountsRoot(accounts: Iterable<AccountState>): Uint8Array {
  return rootOf(accountChanges(accounts))
}

function* accountChanges(accounts: Iterable<AccountState>): Iterable<Change> {
  for (const { address, nonce, balance, codeHash, storage } of accounts) {
    const account = { nonce, balance, storageRoot: storageRoot(storage), codeHash }
    yield [hashedAddress(address), encodeAccount(account)]
  }
}

function* slotChanges(slots: Slots): Iterable<Change> {
  for (const [key, value] of slots) yield [hashedSlot(key), encodeSlotValue(value)]
}

/** Proof of an account and of slots of it: the nodes of `eth_getProof` (EIP-1186), root first. */
export interface AccountProof {
  readonly account: Uint8Array[]
  /** One proof for each slot asked for, in that order. */
  readonly storage: Uint8Array[][]
}

/** The accounts' trie and every storage trie in one store of nodes. */
export class MerklePatriciaState implements CommittedState {
  private readonly store: NodeStore
  private readonly accounts: Trie
  // The account read last: its slots are what is asked for next.
  private lastAddress = -1n
  private lastAccount: TrieAccount | null = null

  constructor(store: NodeStore, root?: Uint8Array) {
    this.store = store
    this.accounts = new Trie(store, root)
  }

  get root(): Uint8Array {
    return this.accounts.root
  }

  account(address: bigint): TrieAccount | null {
    if (address === this.lastAddress) return this.lastAccount
    const encoded = this.accounts.get(hashedAddress(address))
    this.lastAccount = encoded === null ? null : decodeAccount(encoded, placeOf(address))
    this.lastAddress = address
    return this.lastAccount
  }

  storage(address: bigint, key: bigint): bigint {
    return decodeSlotValue(this.storageTrie(address).get(hashedSlot(key)), `${placeOf(address)}.storage`)
  }

  anyStorage(address: bigint): boolean {
    return !isEmptyRoot(this.storageRootOf(address))
  }

  update(changes: Iterable<AccountChange>): Uint8Array {
    const root = this.accounts.update(this.encoded(changes))
    this.lastAddress = -1n
    return root
  }

  /** Proves the account, present or absent, and slots of it. */
  prove(address: bigint, keys: readonly bigint[]): AccountProof {
    const storage = this.storageTrie(address)
    return {
      account: this.accounts.prove(hashedAddress(address)),
      storage: keys.map((key) => storage.prove(hashedSlot(key))),
    }
  }

  private storageTrie(address: bigint): Trie {
    return new Trie(this.store, this.storageRootOf(address))
  }

  private storageRootOf(address: bigint): Uint8Array {
    return this.account(address)?.storageRoot ?? EMPTY_ROOT
  }

  private *encoded(changes: Iterable<AccountChange>): Iterable<Change> {
    for (const { address, account, isStorageCleared, slots } of changes) {
      const key = hashedAddress(address)
      if (account === null) {
        yield [key, null]
        continue
      }
      const before = isStorageCleared ? EMPTY_ROOT : this.storageRootOf(address)
      const storageRoot = slots.size === 0 ? before : new Trie(this.store, before).update(slotChanges(slots))
      yield [key, encodeAccount({ ...account, storageRoot })]
    }
  }
}

/**
 * The account that a proof shows under a trusted state root; null if it shows that there is none.
 * Throws BAD_PROOF if the proof fails.
 */
export function verifyAccount(
  root: Uint8Array,
  address: bigint,
  proof: readonly Uint8Array[],
): TrieAccount | null {
  const encoded = verifyProof(root, hashedAddress(address), proof)
  return encoded === null ? null : decodeAccount(encoded, placeOf(address))
}

/** The value of a slot that a proof shows under its account's storage root. Throws BAD_PROOF if the proof fails. */
export function verifySlot(account: TrieAccount | null, key: bigint, proof: readonly Uint8Array[]): bigint {
  const { storageRoot } = account ?? EMPTY_ACCOUNT
  return decodeSlotValue(verifyProof(storageRoot, hashedSlot(key), proof), `slot ${toFixedHex(key, 32)}`)
}

function placeOf(address: bigint): string {
  return `account ${toFixedHex(address, 20)}`
}
