import type { CommittedSource } from './committed-source.ts'
import { type AccountChange, isSameRecord } from './source.ts'

/**
 * The root of a state again and again while it changes, each time for the price of what has changed since the last time:
 * receipts had it after every transaction (before EIP-658).
 */
export class RunningRoot {
  readonly #source: CommittedSource
  /** What the root is of, beside the state of the source. */
  #told = new Map<bigint, AccountChange>()
  #root: bigint

  /** The source stays where it is as long as this is used. */
  constructor(source: CommittedSource) {
    this.#source = source
    this.#root = source.root
  }

  /** The root after changes of the state of the source: all of them, each time. */
  after(changes: Iterable<AccountChange>): bigint {
    const now = new Map([...changes].map((change) => [change.address, change]))
    this.#root = this.#source.rootFrom(this.#root, this.#since(now))
    this.#told = now
    return this.#root
  }

  /** What leads from what was told to what is now. */
  *#since(now: ReadonlyMap<bigint, AccountChange>): Iterable<AccountChange> {
    for (const change of now.values()) {
      const before = this.#told.get(change.address)
      if (before ? !isSameChange(before, change) : this.#source.differs(change))
        yield { ...change, slots: this.#slotsSince(change, before) }
    }
    // An account that has come and gone is not among the changes.
    for (const { address } of this.#told.values())
      if (!now.has(address)) yield { address, account: null, isStorageCleared: true, slots: new Map() }
  }

  /** With those that are as the source has them again. */
  #slotsSince({ address, isStorageCleared, slots }: AccountChange, before?: AccountChange) {
    const since = new Map(slots)
    if (before && !isStorageCleared)
      for (const key of before.slots.keys())
        if (!since.has(key)) since.set(key, this.#source.storage(address, key))
    return since
  }
}

function isSameChange(a: AccountChange, b: AccountChange): boolean {
  if (!isSameRecord(a.account, b.account) || a.isStorageCleared !== b.isStorageCleared) return false
  if (a.slots.size !== b.slots.size) return false
  for (const [key, value] of a.slots) if (b.slots.get(key) !== value) return false
  return true
}
