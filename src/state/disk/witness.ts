import { bytesToBareHex } from '../../core/hex.ts'
import type { WritablePairs } from './database.ts'
import { COUNTS_KEY } from './layout.ts'

const COUNTS = bytesToBareHex(COUNTS_KEY)

/**
 * Pairs of a store that note what is read of them as it was before: all that it takes to do the same again. What the
 * store does for itself once a change is made, which begins with its counts, is none of that.
 */
export class WitnessPairs implements WritablePairs {
  /** Keys in hex, and their values. What was looked for and not there is not there again. */
  readonly read = new Map<string, Uint8Array>()
  readonly #pairs: WritablePairs
  readonly #written = new Set<string>()
  #isDone = false

  constructor(pairs: WritablePairs) {
    this.#pairs = pairs
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const value = this.#pairs.get(key)
    const name = bytesToBareHex(key)
    if (name === COUNTS) this.#isDone = true
    if (!this.#isDone && value && !this.#written.has(name) && !this.read.has(name))
      this.read.set(name, value.slice())
    return value
  }

  isEmpty(): boolean {
    return this.#pairs.isEmpty()
  }

  keys(prefix: Uint8Array): Iterable<Uint8Array> {
    return this.#pairs.keys(prefix)
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#written.add(bytesToBareHex(key))
    this.#pairs.put(key, value)
  }

  remove(key: Uint8Array): void {
    this.#written.add(bytesToBareHex(key))
    this.#pairs.remove(key)
  }
}
