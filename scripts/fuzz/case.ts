import type { Transaction } from '../../src/chain/transaction.ts'

/** An account before a case. Slots that are zero are absent. */
export interface FuzzAccount {
  readonly nonce: bigint
  readonly balance: bigint
  readonly code: Uint8Array
  readonly storage: ReadonlyMap<bigint, bigint>
}

/** A transaction with who sends it. */
export interface FuzzTransaction {
  readonly sender: bigint
  /**
   * Signed by the sender's key, encoded, and decoded again by each side, which also recovers the sender. Otherwise the
   * fields are handed over as they are, which is faster and lets anyone be the sender.
   */
  readonly isSigned: boolean
  readonly tx: Transaction
}

export interface FuzzBlock {
  readonly number: bigint
  readonly timestamp: bigint
  readonly coinbase: bigint
  readonly gasLimit: bigint
  /** Before the merge. */
  readonly difficulty: bigint
  /** From the merge on. */
  readonly prevRandao: bigint
  readonly baseFee: bigint
  readonly excessBlobGas: bigint
}

/** Everything both sides are given: the transactions run one after the other on the same state. */
export interface FuzzCase {
  /** Name of the fork, as the public suites have it. */
  readonly fork: string
  readonly block: FuzzBlock
  readonly pre: ReadonlyMap<bigint, FuzzAccount>
  readonly transactions: readonly FuzzTransaction[]
}

export const CHAIN_ID = 1n

/** The hash of block n on both sides. */
export function blockHash(number: bigint): bigint {
  return (0xb10cn << 240n) | number
}
