import { missName } from '../chain/settle.ts'
import type { AccountRecord, Miss, StateSource } from '../state/source.ts'

const NO_CODE = new Uint8Array(0)

/**
 * What another source holds, and guesses in the place of what it has not loaded: no account, a slot that is zero. It
 * keeps what was guessed, so that it can be loaded; what is computed on it means nothing.
 */
export class GuessingSource implements StateSource {
  readonly #below: StateSource
  readonly #limit: number
  /** By name, in the order in which they were asked for. */
  readonly #guesses = new Map<string, Miss>()

  /** Keeps `limit` guesses at the most: the first. */
  constructor(below: StateSource, limit: number) {
    this.#below = below
    this.#limit = limit
  }

  get guesses(): Iterable<Miss> {
    return this.#guesses.values()
  }

  get hasGuessed(): boolean {
    return this.#guesses.size > 0
  }

  isGuessed(address: bigint): boolean {
    return this.#guesses.has(missName({ kind: 'account', address }))
  }

  account(address: bigint): AccountRecord | null {
    const known = this.#below.account(address)
    return known === undefined ? this.#guess({ kind: 'account', address }, null) : known
  }

  code(address: bigint, codeHash: bigint): Uint8Array {
    return this.#below.code(address, codeHash) ?? this.#guess({ kind: 'code', address, codeHash }, NO_CODE)
  }

  storage(address: bigint, key: bigint): bigint {
    return this.#below.storage(address, key) ?? this.#guess({ kind: 'storage', address, key }, 0n)
  }

  /** Not guessed: "none" would keep the slots from being asked for. */
  anyStorage(address: bigint): boolean | undefined {
    return this.#below.anyStorage(address)
  }

  blockHash(number: bigint): bigint {
    return this.#below.blockHash(number) ?? this.#guess({ kind: 'blockHash', number }, 0n)
  }

  #guess<T>(miss: Miss, answer: T): T {
    if (this.#guesses.size < this.#limit) this.#guesses.set(missName(miss), miss)
    return answer
  }
}
