/** What a source knows of an account. */
export interface AccountRecord {
  readonly nonce: bigint
  readonly balance: bigint
  /** keccak256 of the code as a word. */
  readonly codeHash: bigint
}

/** Whether accounts are the same but for their storage. */
export function isSameRecord(a: AccountRecord | null, b: AccountRecord | null): boolean {
  if (a === null || b === null) return a === b
  return a.nonce === b.nonce && a.balance === b.balance && a.codeHash === b.codeHash
}

/** A piece of state that was asked for and is not loaded. */
export type Miss =
  | { readonly kind: 'account'; readonly address: bigint }
  | { readonly kind: 'code'; readonly address: bigint; readonly codeHash: bigint }
  | { readonly kind: 'storage'; readonly address: bigint; readonly key: bigint }
  | { readonly kind: 'anyStorage'; readonly address: bigint }
  | { readonly kind: 'blockHash'; readonly number: bigint }

/**
 * Where state comes from, read below the cache of `State`: a memory image, a database, a trie, a node. Answers are
 * of one moment and never change. Undefined says "not loaded"; a source that can say so has `load`.
 */
export interface StateSource {
  /** Null where there is no account. */
  account(address: bigint): AccountRecord | null | undefined
  code(address: bigint, codeHash: bigint): Uint8Array | undefined
  storage(address: bigint, key: bigint): bigint | undefined
  /** Whether any slot of the account is not zero (EIP-7610). */
  anyStorage(address: bigint): boolean | undefined
  blockHash(number: bigint): bigint | undefined
  /** Makes all of these answerable, in one batch where it can. */
  load?(misses: readonly Miss[]): Promise<void>
}

/** What transactions did to an account, to be applied to what a source held. */
export interface AccountChange {
  readonly address: bigint
  /** Null where the account is gone, and its storage with it. */
  readonly account: AccountRecord | null
  /** Present when code was set. */
  readonly code?: Uint8Array
  /** The storage there was before is void: only `slots` count. */
  readonly isStorageCleared: boolean
  /** Slots that differ; zero is absence. */
  readonly slots: ReadonlyMap<bigint, bigint>
}
