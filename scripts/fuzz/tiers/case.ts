import type { FuzzAccount } from '../case.ts'

/** One run of a case: the message that its first account is sent. */
export interface TierRun {
  readonly gas: bigint
  /** Instructions after which it is ended. */
  readonly steps: number
  /** Instructions after which it is paused and taken up again; 0 for never. */
  readonly slice: number
  readonly data: Uint8Array
}

/**
 * What the tiers are compared on: programs and the runs of them, one after the other. Each run begins with the accounts
 * as they are here, but the tiers keep what they have learnt of the programs.
 */
export interface TierCase {
  /** Name of the fork, as the public suites have it, or of another table of ours. */
  readonly fork: string
  /** Instructions of a program that tier `auto` interprets before it translates it. */
  readonly heat: number
  /** Tier `auto` may take over what tier `compiled` has translated. */
  readonly sharesTranslations: boolean
  /** The first is run, the others may be called. */
  readonly accounts: ReadonlyMap<bigint, FuzzAccount>
  readonly runs: readonly TierRun[]
}

/** Ends what gas would not end soon. */
export const MOST_STEPS = 1500

/** What open frames may take: little, so that the limit is met and nothing large is touched. */
export const MEMORY_LIMIT_BYTES = 3 << 23
