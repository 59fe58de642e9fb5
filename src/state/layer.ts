import type { AccountChange, AccountRecord, StateSource } from './source.ts'

/** An account that differs from the source below; null where it is gone. */
interface LayerAccount {
  readonly record: AccountRecord | null
  readonly code: Uint8Array | undefined
  /** Slots that are not here are zero, whatever is below. */
  readonly isStorageCleared: boolean
  readonly slots: Map<bigint, bigint>
}

/** Changes over a source that stays as it is: what several blocks or transactions have done, as a source. */
export class StateLayer implements StateSource {
  readonly #below: StateSource
  readonly #accounts = new Map<bigint, LayerAccount>()

  /** Loads what is below; there only where the source below loads anything. */
  readonly load?: NonNullable<StateSource['load']>

  constructor(below: StateSource) {
    this.#below = below
    if (below.load) this.load = (misses) => below.load!(misses)
  }

  account(address: bigint): AccountRecord | null | undefined {
    const own = this.#accounts.get(address)
    return own ? own.record : this.#below.account(address)
  }

  code(address: bigint, codeHash: bigint): Uint8Array | undefined {
    return this.#accounts.get(address)?.code ?? this.#below.code(address, codeHash)
  }

  storage(address: bigint, key: bigint): bigint | undefined {
    const own = this.#accounts.get(address)
    return own?.slots.get(key) ?? (own?.isStorageCleared ? 0n : this.#below.storage(address, key))
  }

  /** Slots below that were set to zero here still count: it is asked of accounts that have run nothing. */
  anyStorage(address: bigint): boolean | undefined {
    const own = this.#accounts.get(address)
    if (own) for (const value of own.slots.values()) if (value !== 0n) return true
    return own?.isStorageCleared ? false : this.#below.anyStorage(address)
  }

  blockHash(number: bigint): bigint | undefined {
    return this.#below.blockHash(number)
  }

  /** Takes over what transactions changed. */
  apply(changes: Iterable<AccountChange>): void {
    for (const { address, account, code, isStorageCleared, slots } of changes) {
      const before = this.#accounts.get(address)
      const isGone = account === null
      const isCleared = isGone || isStorageCleared
      const kept = isCleared ? new Map<bigint, bigint>() : (before?.slots ?? new Map<bigint, bigint>())
      for (const [key, value] of slots) kept.set(key, value)
      this.#accounts.set(address, {
        record: account,
        code: code ?? (isGone ? undefined : before?.code),
        isStorageCleared: isCleared || (before?.isStorageCleared ?? false),
        slots: kept,
      })
    }
  }

  /** All that differs from the source below. */
  *changes(): Iterable<AccountChange> {
    for (const [address, { record, code, isStorageCleared, slots }] of this.#accounts)
      yield { address, account: record, isStorageCleared, slots, ...(code ? { code } : {}) }
  }
}
