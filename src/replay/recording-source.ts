import type { AccountRecord, Miss, StateSource } from '../state/source.ts'
import type { BundleAccount } from './bundle.ts'

const NO_CODE = new Uint8Array(0)

/** Passes on what another source says, and keeps what was asked for: the state that a bundle needs. */
export class RecordingSource implements StateSource {
  /** Hash by number of every block that was asked for. */
  readonly blockHashes = new Map<bigint, bigint>()
  readonly #below: StateSource
  readonly #accounts = new Map<bigint, AccountRecord | null>()
  readonly #codes = new Map<bigint, Uint8Array>()
  readonly #slots = new Map<bigint, Map<bigint, bigint>>()

  constructor(below: StateSource) {
    this.#below = below
  }

  account(address: bigint): AccountRecord | null | undefined {
    return this.#keep(this.#accounts, address, this.#below.account(address))
  }

  code(address: bigint, codeHash: bigint): Uint8Array | undefined {
    return this.#keep(this.#codes, address, this.#below.code(address, codeHash))
  }

  storage(address: bigint, key: bigint): bigint | undefined {
    const slots = this.#slots.get(address) ?? new Map<bigint, bigint>()
    this.#slots.set(address, slots)
    return this.#keep(slots, key, this.#below.storage(address, key))
  }

  /** Asked only of an account that holds nothing else: a bundle says it by any slot that is not zero. */
  anyStorage(address: bigint): boolean | undefined {
    return this.#below.anyStorage(address)
  }

  blockHash(number: bigint): bigint | undefined {
    return this.#keep(this.blockHashes, number, this.#below.blockHash(number))
  }

  async load(misses: readonly Miss[]): Promise<void> {
    await this.#below.load?.(misses)
  }

  /** Every account that was asked for, with the slots that were; those that do not exist are left out. */
  accounts(): Map<bigint, BundleAccount> {
    const accounts = new Map<bigint, BundleAccount>()
    for (const [address, record] of this.#accounts) {
      if (!record) continue
      const { balance, nonce, codeHash } = record
      const code = this.#codes.get(address) ?? this.#below.code(address, codeHash) ?? NO_CODE
      accounts.set(address, { balance, nonce, code, storage: this.#slots.get(address) ?? new Map() })
    }
    return accounts
  }

  #keep<K, T>(kept: Map<K, T>, key: K, answer: T | undefined): T | undefined {
    if (answer !== undefined) kept.set(key, answer)
    return answer
  }
}
