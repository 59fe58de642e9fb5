import type { AccountChange, AccountRecord, Miss, StateSource } from '../state/source.ts'

/** What another source holds, with the changes that transactions made to it. */
export class OverlaySource implements StateSource {
  readonly #below: StateSource
  readonly #changes: ReadonlyMap<bigint, AccountChange>

  constructor(below: StateSource, changes: Iterable<AccountChange>) {
    this.#below = below
    this.#changes = new Map([...changes].map((change) => [change.address, change]))
  }

  account(address: bigint): AccountRecord | null | undefined {
    const change = this.#changes.get(address)
    return change ? change.account : this.#below.account(address)
  }

  code(address: bigint, codeHash: bigint): Uint8Array | undefined {
    return this.#changes.get(address)?.code ?? this.#below.code(address, codeHash)
  }

  storage(address: bigint, key: bigint): bigint | undefined {
    const change = this.#changes.get(address)
    const value = change?.slots.get(key)
    if (value !== undefined) return value
    return change?.isStorageCleared ? 0n : this.#below.storage(address, key)
  }

  anyStorage(address: bigint): boolean | undefined {
    const change = this.#changes.get(address)
    for (const value of change?.slots.values() ?? []) if (value !== 0n) return true
    return change?.isStorageCleared ? false : this.#below.anyStorage(address)
  }

  blockHash(number: bigint): bigint | undefined {
    return this.#below.blockHash(number)
  }

  async load(misses: readonly Miss[]): Promise<void> {
    await this.#below.load?.(misses)
  }
}

/** The changes `first` and those made on top of them, as one, each account once. */
export function mergeChanges(
  first: readonly AccountChange[],
  then: readonly AccountChange[],
): AccountChange[] {
  const merged = new Map(first.map((change) => [change.address, change]))
  for (const change of then) {
    const before = merged.get(change.address)
    const isKept = before && !change.isStorageCleared
    merged.set(change.address, {
      ...(before?.code ? { code: before.code } : {}),
      ...change,
      isStorageCleared: change.isStorageCleared || (before?.isStorageCleared ?? false),
      slots: isKept ? new Map([...before.slots, ...change.slots]) : change.slots,
    })
  }
  return [...merged.values()]
}
