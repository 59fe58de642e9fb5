import type { Contestant, Run } from './engine.ts'

/** How long to measure. */
export interface Effort {
  /** Samples of each contestant. */
  readonly rounds: number
  /** A sample repeats the program until it has taken this long. */
  readonly sampleMs: number
  /** Rounds end once a case has taken this long, but not before `leastRounds`. */
  readonly caseMs: number
  readonly leastRounds: number
}

/** What N samples say, in ms a run. */
export interface Timing {
  readonly median: number
  readonly best: number
}

/**
 * Times contestants side by side: one sample of each in turn, round after round, so that whatever disturbs the
 * machine disturbs all. A sample is the mean of as many runs as fill its time. `check` sees the first run of each,
 * which warms it up; a contestant whose first run takes longer than a sample is not warmed up further.
 */
export async function measure(
  contestants: readonly Contestant[],
  effort: Effort,
  check: (index: number, run: Run) => void,
): Promise<Timing[]> {
  const samples: number[][] = contestants.map(() => [])
  let spent = 0
  for (const [i, contestant] of contestants.entries()) {
    const first = await contestant.run()
    check(i, first)
    spent += first.ms
    // The first run of a long program has warmed itself up: it counts.
    if (first.ms > effort.caseMs / 2) samples[i].push(first.ms)
    else if (first.ms < effort.sampleMs) spent += await sample(contestant, effort.sampleMs, [])
  }
  for (let round = 0; round < effort.rounds; round++) {
    if (round >= effort.leastRounds && spent > effort.caseMs) break
    for (const [i, contestant] of contestants.entries())
      if (samples[i].length <= round) spent += await sample(contestant, effort.sampleMs, samples[i])
  }
  return samples.map(timingOf)
}

/** Adds one sample to the list; gives the time it took. */
async function sample(contestant: Contestant, sampleMs: number, into: number[]): Promise<number> {
  let total = 0
  let runs = 0
  while (total < sampleMs) {
    // What a turn of the promise queue takes is outside `ms`: a synchronous engine does not pay for it.
    total += (await contestant.run()).ms
    runs++
  }
  into.push(total / runs)
  return total
}

function timingOf(samples: readonly number[]): Timing {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  return { median, best: sorted[0] }
}
