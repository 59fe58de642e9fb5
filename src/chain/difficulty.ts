import type { DifficultyRules } from '../core/rules.ts'

/** What the difficulty of a new block follows from, beside its own time. */
export interface DifficultyParent {
  readonly number: bigint
  readonly timestamp: bigint
  readonly difficulty: bigint
  readonly hasOmmers: boolean
}

/** No block is easier (Yellow Paper D0). */
const MINIMUM = 131_072n
/** The adjustment goes by 1/2048 of the parent's difficulty a step, and down by 99 steps at most. */
const STEPS_IN_WHOLE = 2048n
const LOWEST_STEP = -99n
const FRONTIER_SECONDS = 13n
const BOMB_PERIOD = 100_000n
/** Doublings after which the bomb is past every word; an absurd block number costs no memory. */
const MOST_DOUBLINGS = 256n

/**
 * Difficulty of the block after `parent` (Yellow Paper 4.4.4). `rules` and `timestamp`, in seconds, are the new
 * block's. The minimum is applied to the sum with the bomb, as there; geth applies it to the adjustment alone, which
 * can only differ within 99/2048 of the minimum.
 */
export function difficultyOf(rules: DifficultyRules, timestamp: bigint, parent: DifficultyParent): bigint {
  const step = stepOf(rules, timestamp - parent.timestamp, parent.hasOmmers)
  const adjusted = parent.difficulty + (parent.difficulty / STEPS_IN_WHOLE) * step
  const difficulty = adjusted + bombOf(rules, parent.number + 1n)
  return difficulty < MINIMUM ? MINIMUM : difficulty
}

/** Steps by which a block `seconds` after its parent is harder; negative where it is easier. */
function stepOf(rules: DifficultyRules, seconds: bigint, hasOmmers: boolean): bigint {
  if (rules.secondsPerStep === null) return seconds < FRONTIER_SECONDS ? 1n : -1n
  const highest = rules.countsOmmers && hasOmmers ? 2n : 1n
  const step = highest - seconds / BigInt(rules.secondsPerStep)
  return step < LOWEST_STEP ? LOWEST_STEP : step
}

/** The exponential part, which is to make proof of work give way in time. */
function bombOf(rules: DifficultyRules, number: bigint): bigint {
  const delayed = number - BigInt(rules.bombDelay)
  const doublings = delayed / BOMB_PERIOD - 2n
  if (doublings < 0n) return 0n
  return 1n << (doublings > MOST_DOUBLINGS ? MOST_DOUBLINGS : doublings)
}
