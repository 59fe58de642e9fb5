import { EMPTY_CODE_HASH, keccak256 } from '../core/keccak.ts'
import { bytesToBigint } from '../core/word.ts'
import type { AccountState, Commitment } from './commitment.ts'
import type { AccountChange, AccountRecord, StateSource } from './source.ts'

/** One account of a memory image. Slots that are zero are absent. */
export interface MemoryAccount extends AccountRecord {
  readonly code: Uint8Array
  readonly storage: ReadonlyMap<bigint, bigint>
}

const NO_CODE = new Uint8Array(0)
const NO_SLOTS: ReadonlyMap<bigint, bigint> = new Map()

/** Hashes by identity of the code: fixtures and engines hand in the same arrays again and again. */
const codeHashes = new WeakMap<Uint8Array, bigint>()

/** keccak256 of the code as a word. */
export function codeHashOf(code: Uint8Array): bigint {
  if (code.length === 0) return EMPTY_CODE_HASH
  let hash = codeHashes.get(code)
  if (hash === undefined) {
    hash = bytesToBigint(keccak256(code))
    codeHashes.set(code, hash)
  }
  return hash
}

/** The whole state in memory: the source of tests, bundles and sandboxes. */
export class MemorySource implements StateSource {
  readonly accounts = new Map<bigint, MemoryAccount>()
  /** Hash of a block by number, asked only for the 256 before the running one. */
  readonly blockHash: (number: bigint) => bigint

  constructor(blockHash: (number: bigint) => bigint = () => 0n) {
    this.blockHash = blockHash
  }

  /** An image that starts as this one and changes apart from it. */
  fork(): MemorySource {
    const copy = new MemorySource(this.blockHash)
    for (const [address, account] of this.accounts) copy.accounts.set(address, account)
    return copy
  }

  /** Puts an account in, in place of what was there. Takes over `storage`; zero values in it count as absent. */
  set(address: bigint, nonce: bigint, balance: bigint, code: Uint8Array, storage: Map<bigint, bigint>): void {
    for (const [key, value] of storage) if (value === 0n) storage.delete(key)
    this.accounts.set(address, { nonce, balance, code, codeHash: codeHashOf(code), storage })
  }

  account(address: bigint): MemoryAccount | null {
    return this.accounts.get(address) ?? null
  }

  code(address: bigint): Uint8Array {
    return this.accounts.get(address)?.code ?? NO_CODE
  }

  storage(address: bigint, key: bigint): bigint {
    return this.accounts.get(address)?.storage.get(key) ?? 0n
  }

  anyStorage(address: bigint): boolean {
    return (this.accounts.get(address)?.storage.size ?? 0) > 0
  }

  /** Takes over what transactions changed. */
  apply(changes: Iterable<AccountChange>): void {
    for (const change of changes) {
      const before = this.accounts.get(change.address)
      if (!change.account) {
        this.accounts.delete(change.address)
        continue
      }
      const kept = before && !change.isStorageCleared ? before.storage : NO_SLOTS
      const storage = change.slots.size === 0 ? kept : changed(kept, change.slots)
      const code = change.code ?? before?.code ?? NO_CODE
      const { nonce, balance, codeHash } = change.account
      this.accounts.set(change.address, { nonce, balance, codeHash, code, storage })
    }
  }

  /** The whole image as changes of the empty state. */
  *changes(): Iterable<AccountChange> {
    for (const [address, { nonce, balance, codeHash, code, storage }] of this.accounts)
      yield {
        address,
        account: { nonce, balance, codeHash },
        code,
        isStorageCleared: true,
        slots: storage,
      }
  }

  /** Root of the whole image. */
  root(commitment: Commitment): Uint8Array {
    return commitment.root(this.#states())
  }

  *#states(): Iterable<AccountState> {
    for (const [address, account] of this.accounts) yield { address, ...account }
  }
}

function changed(
  slots: ReadonlyMap<bigint, bigint>,
  changes: ReadonlyMap<bigint, bigint>,
): ReadonlyMap<bigint, bigint> {
  const next = new Map(slots)
  for (const [key, value] of changes) {
    if (value === 0n) next.delete(key)
    else next.set(key, value)
  }
  return next
}
