import type { Crypto } from './crypto.ts'

/** A contract that is part of the protocol and runs without bytecode. */
export interface Precompile {
  /** Its address as a word. */
  readonly address: bigint
  readonly name: string
  /** Where its meaning is defined, e.g. `EIP-196`. */
  readonly spec: string
  /**
   * Gas of a call with this input, charged before `run`. A safe integer, or Infinity for work that no host could hold
   * or finish (priced past 2^53−1, or MODEXP on operands past 16 MiB): the call runs out of gas whatever it was given.
   * Allocates nothing that grows with what the input declares.
   */
  gas(input: Uint8Array): number
  /** Where the output is the input: its price, so that generated code can do without the call. In gas. */
  readonly copies?: { readonly base: number; readonly perWord: number }
  /** The output, freshly allocated; null fails the call and burns its gas. `input` is valid only during the call. */
  run(input: Uint8Array, crypto: Crypto): Uint8Array | null
}
