import type { AccountRecord, Miss, StateSource } from '../../state/source.ts'
import type { Answer, Call } from './rpc.ts'
import type { StateAt } from './state-cache.ts'

/** The state after one block, loaded in rounds: what is known of it is remembered, whether it is believed or proven. */
export abstract class LoadingSource implements StateSource {
  readonly at: StateAt
  readonly #slots = new Map<bigint, Map<bigint, bigint>>()
  readonly #hashes = new Map<bigint, bigint>()

  protected constructor(at: StateAt) {
    this.at = at
    this.#hashes.set(at.number, at.hash)
  }

  abstract account(address: bigint): AccountRecord | null | undefined
  abstract code(address: bigint, codeHash: bigint): Uint8Array | undefined
  abstract anyStorage(address: bigint): boolean | undefined
  /** A slot, or the hash of a block, that was not met before; undefined where it is not loaded. */
  protected abstract findSlot(address: bigint, key: bigint): bigint | undefined
  protected abstract findHash(number: bigint): bigint | undefined
  /** Loads what of these is not loaded yet, in one round with requests of others, to which it gives the answers. */
  abstract prefetch(misses: readonly Miss[], beside?: readonly Call[]): Promise<Answer[]>

  /** One round. Throws NODE when the node lacks the state, or answers what is none. */
  async load(misses: readonly Miss[]): Promise<void> {
    await this.prefetch(misses)
  }

  storage(address: bigint, key: bigint): bigint | undefined {
    const slots = this.#slotsOf(address)
    return slots.get(key) ?? remember(slots, key, this.findSlot(address, key))
  }

  blockHash(number: bigint): bigint | undefined {
    return this.#hashes.get(number) ?? remember(this.#hashes, number, this.findHash(number))
  }

  protected setSlot(address: bigint, key: bigint, value: bigint): void {
    this.#slotsOf(address).set(key, value)
  }

  protected setHash(number: bigint, hash: bigint): void {
    this.#hashes.set(number, hash)
  }

  #slotsOf(address: bigint): Map<bigint, bigint> {
    const slots = this.#slots.get(address) ?? new Map<bigint, bigint>()
    this.#slots.set(address, slots)
    return slots
  }
}

/** Takes over what was found elsewhere. */
export function remember<K, T>(known: Map<K, T>, key: K, answer: T | undefined): T | undefined {
  if (answer !== undefined) known.set(key, answer)
  return answer
}
