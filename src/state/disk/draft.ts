import { bytesToBareHex, hexToBytes } from '../../core/hex.ts'
import type { WritablePairs } from './database.ts'

/** Pairs with changes that are not made in them before `commit`. */
export class DraftPairs implements WritablePairs {
  readonly #pairs: WritablePairs
  /** By keys in hex, whose order is that of the bytes; null for what is gone. */
  readonly #changes = new Map<string, Uint8Array | null>()

  constructor(pairs: WritablePairs) {
    this.#pairs = pairs
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const change = this.#changes.get(bytesToBareHex(key))
    return change === undefined ? this.#pairs.get(key) : change?.slice()
  }

  /** Of removals none is of the last that there is. */
  isEmpty(): boolean {
    return [...this.#changes.values()].every((value) => value === null) && this.#pairs.isEmpty()
  }

  keys(prefix: Uint8Array): Uint8Array[] {
    const names = new Set<string>()
    for (const key of this.#pairs.keys(prefix)) names.add(bytesToBareHex(key))
    for (const [name, value] of this.#changes)
      if (value === null) names.delete(name)
      else if (name.startsWith(bytesToBareHex(prefix))) names.add(name)
    return [...names].sort().map((name) => hexToBytes(name, 'key'))
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#changes.set(bytesToBareHex(key), value.slice())
  }

  remove(key: Uint8Array): void {
    this.#changes.set(bytesToBareHex(key), null)
  }

  commit(): void {
    for (const [name, value] of this.#changes) {
      const key = hexToBytes(name, 'key')
      if (value === null) this.#pairs.remove(key)
      else this.#pairs.put(key, value)
    }
  }
}
