/** One run, and how long it took; where a run does the same many times over, how long once took. */
export interface Timed {
  readonly ms: number
  readonly times?: number
}

function spentMs({ ms, times = 1 }: Timed): number {
  return ms * times
}

/** Something that can be run again and again, each time from the same state. */
export interface Contestant<R extends Timed = Timed> {
  /** Runs once. Only what is measured counts in `ms`, not what puts the state back. */
  run(): R | Promise<R>
  /** It compiles what it runs: a first run, long as it may be, does not stand for the later ones. */
  readonly compiles?: boolean
  /** What the runs took, where the samples do not tell; null where the runs do not either. */
  settle?(): Timing | null
}

/** How long to measure. */
export interface Effort {
  /** Samples of each contestant. */
  readonly rounds: number
  /** A sample repeats the run until it has taken this long. */
  readonly sampleMs: number
  /** Each contestant is sampled for so long in all, and twice at least; once if a run takes longer than that. */
  readonly totalMs: number
  /** Runs before the samples go on for this long, or for WARM_RUNS and a sample's time where that is less. */
  readonly warmMs: number
}

/** As many runs show an engine that a program is worth compiling, unless they are very short. */
const WARM_RUNS = 20

/** What N samples say, in ms a run. */
export interface Timing {
  readonly median: number
  readonly best: number
}

/**
 * Times contestants side by side: one sample of each in turn, round after round, so that whatever disturbs the
 * machine disturbs all. A sample is the mean of as many runs as fill its time. All are warmed up before the first
 * round; `check` sees the first run of each. A run that by itself takes all of a contestant's time has warmed itself up,
 * and counts.
 */
export async function measure<R extends Timed>(
  contestants: readonly Contestant<R>[],
  effort: Effort,
  check: (index: number, run: R) => void,
): Promise<(Timing | null)[]> {
  const samplers: Sampler<R>[] = []
  for (const [i, contestant] of contestants.entries()) {
    const sampler = new Sampler(contestant, effort)
    samplers.push(sampler)
    await sampler.warmUp((run) => check(i, run))
  }
  for (let round = 0; round < effort.rounds; round++)
    for (const sampler of samplers) await sampler.sample(round)
  return samplers.map((sampler) => sampler.timing())
}

/** Warms up and samples one contestant. */
class Sampler<R extends Timed> {
  readonly #contestant: Contestant<R>
  readonly #effort: Effort
  readonly #samples: number[] = []
  #spent = 0
  /** The first sample may have seen something being compiled. */
  #leastSamples = 2

  constructor(contestant: Contestant<R>, effort: Effort) {
    this.#contestant = contestant
    this.#effort = effort
  }

  async warmUp(check: (run: R) => void): Promise<void> {
    const { totalMs, warmMs, sampleMs } = this.#effort
    const first = await this.#contestant.run()
    check(first)
    if (first.ms > totalMs && !this.#contestant.compiles) {
      this.#spent = first.ms
      this.#samples.push(first.ms)
      this.#leastSamples = 1
      return
    }
    let total = spentMs(first)
    for (let runs = 1; total < warmMs && (runs < WARM_RUNS || total < sampleMs); runs++)
      total += spentMs(await this.#contestant.run())
  }

  /** Takes the sample of a round, unless it is there or the time is up. */
  async sample(round: number): Promise<void> {
    const { length } = this.#samples
    const isTimeUp = this.#spent > this.#effort.totalMs && length >= this.#leastSamples
    if (isTimeUp || length > round) return
    let total = 0
    let times = 0
    while (total < this.#effort.sampleMs) {
      // What a turn of the promise queue takes is outside `ms`: a synchronous engine does not pay for it.
      const run = await this.#contestant.run()
      total += spentMs(run)
      times += run.times ?? 1
    }
    this.#spent += total
    this.#samples.push(total / times)
  }

  timing(): Timing | null {
    const { settle } = this.#contestant
    return settle ? settle() : timingOf(this.#samples)
  }
}

/** Best and median of samples; there is one at least. */
export function timingOf(samples: readonly number[]): Timing {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  return { median, best: sorted[0] }
}
