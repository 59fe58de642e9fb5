import type { Pairs, WritablePairs } from '../../state/disk/database.ts'
import { decodeTotals, encodeTotals, NO_TOTALS, TOTALS_KEY, type Totals } from './layout.ts'

/**
 * The transaction that a chain's parts read and write in at the moment. They outlive it, with what they keep in memory:
 * that is named by its hash, so it is as true in the next one, whatever other processes did.
 */
export class Transaction {
  readonly folder: string
  #pairs: Pairs | null = null
  #writable: WritablePairs | null = null
  #totals: Record<keyof Totals, number> | null = null
  /** Bytes written in this transaction. */
  writtenBytes = 0

  constructor(folder: string) {
    this.folder = folder
  }

  get pairs(): Pairs {
    if (!this.#pairs) throw new Error('no transaction on the chain')
    return this.#pairs
  }

  put(key: Uint8Array, value: Uint8Array): void {
    if (!this.#writable) throw new Error('a transaction that reads was asked to write')
    this.#writable.put(key, value)
    this.writtenBytes += key.length + value.length
  }

  remove(key: Uint8Array): void {
    if (!this.#writable) throw new Error('a transaction that reads was asked to write')
    this.#writable.remove(key)
  }

  has(key: Uint8Array): boolean {
    return this.pairs.get(key) !== undefined
  }

  get totals(): Totals {
    const bytes = this.pairs.get(TOTALS_KEY)
    return bytes ? decodeTotals(bytes, this.folder) : NO_TOTALS
  }

  count(what: keyof Totals, more: number): void {
    this.#totals ??= { ...this.totals }
    this.#totals[what] += more
  }

  reading<T>(pairs: Pairs, use: () => T): T {
    return this.#within(pairs, null, use)
  }

  writing<T>(pairs: WritablePairs, use: () => T): T {
    return this.#within(pairs, pairs, () => {
      const result = use()
      if (this.#totals) this.put(TOTALS_KEY, encodeTotals(this.#totals))
      return result
    })
  }

  #within<T>(pairs: Pairs, writable: WritablePairs | null, use: () => T): T {
    this.#pairs = pairs
    this.#writable = writable
    this.writtenBytes = 0
    try {
      return use()
    } finally {
      this.#pairs = null
      this.#writable = null
      this.#totals = null
    }
  }
}
