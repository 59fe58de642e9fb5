import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import type { Tracer } from '../../../src/core/tracer.ts'
import { Random } from '../random.ts'
import type { RunOptions } from '../run-options.ts'
import type { TierCase, TierRun } from './case.ts'
import { compareTiers, type TierDifference, type TierOutcome, TierSet, Trial } from './compare.ts'
import type { TierFixture } from './fixture.ts'
import { forkOf, makeTierCase } from './generate.ts'
import { minimiseTiers } from './minimise.ts'

const PROGRAMS_BETWEEN_EVENTS = 16
/** The stream of limits lies apart from those of the programs. */
const LIMIT_STREAM = 2 ** 32
/** Programs with no more instructions than this are now and then run out of gas at every one of them. */
const SWEPT_STEPS = 80
const SWEEPS = 12

export type TierFuzzOptions = RunOptions<TierFixture, TierFuzzReport>

/** A program on which tiers differ. Finds of one kind are minimised and kept once. */
export interface TierFind {
  readonly program: number
  readonly fork: string
  readonly differences: readonly TierDifference[]
  /** Null where one of its kind is kept already, or where it does not show without what ran before it. */
  readonly fixture: string | null
}

export interface TierFuzzReport {
  readonly seed: number
  programs: number
  /** Messages that every tier ran. */
  runs: number
  /** How they ended. */
  readonly halts: Record<string, number>
  /** Instructions of the reference tier. */
  steps: number
  /** The most memory that the process took, in bytes. */
  peakBytes: number
  readonly finds: TierFind[]
}

/**
 * Modules are run a few times and thrown away: compiling them again for speed would take longer than all their runs, and
 * what they do is the same.
 */
const FLAGS = ['--liftoff-only']

/** Runs generated programs in every tier until programs or time are over, or too many finds are at hand. */
export async function fuzzTiers(options: TierFuzzOptions): Promise<TierFuzzReport> {
  for (const flag of FLAGS) setFlagsFromString(flag)
  const fuzzer = new TierFuzzer(options)
  const { first, programs, seconds, findLimit, signal, onProgram } = options
  const deadline = performance.now() + seconds * 1000
  for (let index = first; index < first + programs; index++) {
    if (signal?.aborted || performance.now() > deadline || fuzzer.kinds.size >= findLimit) break
    fuzzer.program(index)
    onProgram?.(fuzzer.report)
    if (index % PROGRAMS_BETWEEN_EVENTS !== 0) continue
    fuzzer.weigh()
    // Nothing ever waits: without this, no signal would be heard.
    await setImmediate()
  }
  fuzzer.weigh()
  return fuzzer.report
}

class TierFuzzer {
  readonly report: TierFuzzReport
  /** Kinds of find so far. */
  readonly kinds = new Set<string>()
  readonly #options: TierFuzzOptions
  #set: TierSet | null = null

  constructor(options: TierFuzzOptions) {
    this.#options = options
    const { seed } = options
    this.report = { seed, programs: 0, runs: 0, halts: {}, steps: 0, peakBytes: 0, finds: [] }
  }

  program(index: number): void {
    const { seed, fork, tableOf } = this.#options
    const table = tableOf((fork ?? forkOf(seed, index)).name)
    if (this.#set?.table !== table) this.#set = new TierSet(table)
    const tierCase = makeTierCase(seed, index, table)
    const found = this.#firstDifference(tierCase, index)
    this.report.programs++
    if (found) this.#record(found.tierCase, found.differences, index)
  }

  weigh(): void {
    this.report.peakBytes = Math.max(this.report.peakBytes, process.memoryUsage.rss())
  }

  /** Runs the program at many limits. A find is the case with the runs up to the one that differs. */
  #firstDifference(tierCase: TierCase, index: number) {
    const random = new Random(this.#options.seed, LIMIT_STREAM + index)
    const trial = new Trial(this.#set!, tierCase)
    const [first] = tierCase.runs
    const isSwept = random.oneIn(SWEEPS)
    const gasAt: bigint[] = []
    const judged = trial.judge(first, isSwept ? gasMeter(first.gas, gasAt) : null)
    const runs = [first, ...furtherRuns(random, first, judged, gasAt)]
    for (const [i, run] of runs.entries()) {
      const differences = trial.differences(run, this.#count(i === 0 ? judged : trial.judge(run)))
      if (differences.length > 0)
        return { tierCase: { ...tierCase, runs: runs.slice(0, i + 1) }, differences }
    }
    return null
  }

  #count(judged: TierOutcome): TierOutcome {
    const { report } = this
    report.runs++
    report.steps += judged.steps
    report.halts[judged.halt] = (report.halts[judged.halt] ?? 0) + 1
    return judged
  }

  #record(tierCase: TierCase, differences: TierDifference[], program: number): void {
    const { report, kinds } = this
    const { seed, keep } = this.#options
    const [{ tier, field, judged, given }] = differences
    const kind = `${tier} ${field} ${field === 'halt' ? `${judged} ${given}` : ''}`
    const isNew = !kinds.has(kind)
    kinds.add(kind)
    const small = isNew ? this.#shrink(tierCase) : null
    const fixture = small && keep({ found: `seed ${seed}, program ${program}`, verdict: null, case: small })
    report.finds.push({ program, fork: tierCase.fork, differences, fixture })
  }

  /** The case made small, or null where it does not show in tiers that have run nothing else. */
  #shrink(tierCase: TierCase): TierCase | null {
    const set = new TierSet(this.#set!.table)
    const persists = (smaller: TierCase) => compareTiers(set, smaller).length > 0
    return persists(tierCase) ? minimiseTiers(tierCase, persists) : null
  }
}

/** Notes what the first frame has used before each instruction. */
function gasMeter(gas: bigint, gasAt: bigint[]): Tracer {
  return {
    step: (frame) => {
      if (frame.depth === 0 && gasAt.length <= SWEPT_STEPS) gasAt.push(gas - frame.gas)
    },
  }
}

/** Limits around what the first run took, and below it. */
function furtherRuns(
  random: Random,
  first: TierRun,
  { gasUsed, steps }: TierOutcome,
  gasAt: readonly bigint[],
): TierRun[] {
  const runs: TierRun[] = []
  const below = (limit: bigint) => (random.bits(64) * limit) / 2n ** 64n
  if (gasUsed > 0n) {
    runs.push({ ...first, gas: gasUsed }, { ...first, gas: gasUsed - 1n })
    for (let i = random.between(1, 3); i > 0; i--) runs.push({ ...first, gas: below(gasUsed) })
  }
  if (steps > 0) {
    runs.push({ ...first, steps: random.oneIn(2) ? steps : steps - 1 })
    if (random.oneIn(2)) runs.push({ ...first, steps: random.below(steps) })
  }
  if (random.oneIn(3)) runs.push({ ...first, slice: random.pick([1, 2, 3, 7, 50, 333]) })
  // At every instruction, just enough to begin it, and one too few to end the one before.
  if (gasAt.length > 0 && gasAt.length <= SWEPT_STEPS)
    for (const gas of new Set(gasAt)) if (gas > 0n) runs.push({ ...first, gas }, { ...first, gas: gas - 1n })
  return runs
}
