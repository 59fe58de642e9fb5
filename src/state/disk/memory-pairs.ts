import type { WritablePairs } from './database.ts'

/** What a first transaction writes, before there is a database to write it to. */
export class MemoryPairs implements WritablePairs {
  /** Keys are bytes as text, a character each. */
  readonly #values = new Map<string, Uint8Array>()

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(textOf(key))?.slice()
  }

  isEmpty(): boolean {
    return this.#values.size === 0
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#values.set(textOf(key), value.slice())
  }

  remove(key: Uint8Array): void {
    this.#values.delete(textOf(key))
  }

  keys(prefix: Uint8Array): Uint8Array[] {
    const found = [...this.#values.keys()].filter((text) => text.startsWith(textOf(prefix)))
    return found.sort().map(keyOf)
  }

  copyTo(pairs: WritablePairs): void {
    for (const [text, value] of this.#values) pairs.put(keyOf(text), value)
  }
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
}

function keyOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}
