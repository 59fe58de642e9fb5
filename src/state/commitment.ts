import type { AccountChange, AccountRecord } from './source.ts'
import type { NodeStore } from './trie/store.ts'

/** Slots with their values, in any order; zero is absence. */
export type Slots = Iterable<readonly [key: bigint, value: bigint]>

/** An account with all its storage, as a commitment reads it. */
export interface AccountState extends AccountRecord {
  readonly address: bigint
  readonly storage: Slots
  /** Needed only where `Commitment.readsCode`. */
  readonly code?: Uint8Array
}

/** A scheme that binds a whole state to 32 bytes. Execution knows nothing of it but this. */
export interface Commitment {
  readonly name: string
  /** The scheme commits to code itself, not to its hash alone. */
  readonly readsCode: boolean
  /** The root of a state given whole. Which accounts exist is the caller's affair: empty ones are not left out. */
  root(accounts: Iterable<AccountState>): Uint8Array
  /** A state in a store of nodes, to be read and updated; without a root, the empty one. */
  open(store: NodeStore, root?: Uint8Array): CommittedState
}

/**
 * A state in a store of nodes; reads as a source does. What a partial state does not show throws BAD_PROOF.
 * `codeHash` is all it knows of code.
 */
export interface CommittedState {
  readonly root: Uint8Array
  /** Null if there is no such account. */
  account(address: bigint): AccountRecord | null
  /** A slot's value; zero for an absent one. */
  storage(address: bigint, key: bigint): bigint
  /** Whether any slot of the account is not zero (EIP-7610). */
  anyStorage(address: bigint): boolean
  /** Applies changes, at most one an account, and returns the new root. If it throws the root is as it was. */
  update(changes: Iterable<AccountChange>): Uint8Array
}
