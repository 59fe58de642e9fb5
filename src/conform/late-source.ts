import type { AccountRecord, Miss, StateSource } from '../state/source.ts'

/**
 * A source that knows nothing until it is asked to load, and then loads late, out of order and not everything: what
 * the state behind a slow network looks like. Wraps a source that knows all. The same seed does the same again.
 */
export class LateSource implements StateSource {
  readonly #inner: StateSource
  readonly #known = new Set<string>()
  readonly #random: () => number
  /** Calls of `load`. */
  rounds = 0
  /** Things loaded, each counted once. */
  get loaded(): number {
    return this.#known.size
  }

  /** Without a seed each call loads all it is asked for, in the order asked. */
  constructor(inner: StateSource, seed?: number) {
    this.#inner = inner
    this.#random = seed === undefined ? () => 1 : randomOf(seed)
  }

  account(address: bigint): AccountRecord | null | undefined {
    return this.#knows({ kind: 'account', address }) ? this.#inner.account(address) : undefined
  }

  code(address: bigint, codeHash: bigint): Uint8Array | undefined {
    return this.#knows({ kind: 'code', address, codeHash }) ? this.#inner.code(address, codeHash) : undefined
  }

  storage(address: bigint, key: bigint): bigint | undefined {
    return this.#knows({ kind: 'storage', address, key }) ? this.#inner.storage(address, key) : undefined
  }

  anyStorage(address: bigint): boolean | undefined {
    return this.#knows({ kind: 'anyStorage', address }) ? this.#inner.anyStorage(address) : undefined
  }

  blockHash(number: bigint): bigint | undefined {
    return this.#knows({ kind: 'blockHash', number }) ? this.#inner.blockHash(number) : undefined
  }

  /** Loads at least one of these. Throws on a miss that was none, or that is named twice. */
  async load(misses: readonly Miss[]): Promise<void> {
    this.rounds++
    const names = misses.map(nameOf)
    const faulty = names.find((name, i) => this.#known.has(name) || names.indexOf(name) !== i)
    if (faulty !== undefined || names.length === 0) throw new Error(`asked in vain: ${faulty}`)
    const order = names.map((name) => ({ name, rank: this.#random() })).sort((a, b) => a.rank - b.rank)
    const count = Math.max(1, Math.ceil(names.length * this.#random()))
    for (const { name } of order.slice(0, count)) {
      await Promise.resolve()
      this.#known.add(name)
    }
  }

  #knows(miss: Miss): boolean {
    return this.#known.has(nameOf(miss))
  }
}

function nameOf(miss: Miss): string {
  return Object.values(miss).join(' ')
}

/** Numbers from 0 to 1 that look random (the mulberry32 generator). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
