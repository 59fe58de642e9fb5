/** What the generated tiers have run, and how much of it was not generated code. */
export interface LoweredSteps {
  /** Instructions begun. */
  readonly steps: number
  /** Instructions by byte that were left to `execute`: rows without `lower`, and what that could not do. */
  readonly calledOut: readonly number[]
  /** Instructions of frames that found no room in linear memory and ran on the loop over `execute`. */
  readonly plain: number
  /** Units of the translations made, and programs that were too large for one. */
  readonly units: number
  readonly refused: number
}

/** Adds up, over all tiers that are given it. */
export class StepTally implements LoweredSteps {
  steps = 0
  plain = 0
  units = 0
  refused = 0
  readonly calledOut: number[] = Array(256).fill(0)
}

/** What a tally has added up since the last time. */
export function takeSteps(tally: StepTally): LoweredSteps {
  const taken = { ...tally, calledOut: [...tally.calledOut] }
  tally.calledOut.fill(0)
  Object.assign(tally, { steps: 0, plain: 0, units: 0, refused: 0 })
  return taken
}

/** Part of the instructions that generated code ran, 0 to 1; of none, 1. */
export function loweredShare({ steps, calledOut, plain }: LoweredSteps): number {
  return steps === 0 ? 1 : 1 - (plain + calledOut.reduce((sum, count) => sum + count, 0)) / steps
}
