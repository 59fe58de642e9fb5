import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { readCorpus } from './corpus.ts'
import type { Run } from './engine.ts'
import type { Bench, Group } from './group.ts'
import { timingOf } from './measure.ts'
import { PEER } from './peers.ts'
import type { Program } from './program.ts'
import { timeRow } from './report.ts'
import { faultsOf } from './run-programs.ts'
import { ENGINES, freshEngine } from './zvm.ts'

/** The first so many runs of a program in an engine that has just been made. */
const RUNS = 20
/** Twenty runs hold whatever else disturbs the machine, so they are repeated, but not for longer than this. */
const ROUNDS = 5
const CASE_MS = 6000

const TIER = 'auto'

/**
 * What the first runs of a program cost, all together, in tier auto against the generated interpreter: what compiling
 * takes must come back soon. The interpreter itself is warm on both sides.
 */
export const coldGroup: Group = {
  name: 'cold',
  within: 'evm',
  share: 6,
  hasMean: true,
  async run(bench) {
    if (!bench.options.tiers.includes(TIER) || !bench.isPeerWanted(PEER.interpreter)) return
    const { programs, callLoops } = readCorpus(bench, 'cold')
    const late: string[] = []
    const collect = collector()
    for (const program of [...programs, ...callLoops]) {
      if (!bench.isWanted(program.name)) continue
      if (bench.hasTimeFor(0) && bench.hasTimeFor(2 * RUNS * (await warmRunMs(program))))
        await runCold(bench, program, collect)
      else late.push(program.name)
    }
    if (late.length > 0) bench.note(`cold: left out of a quick run: ${late.join(', ')}`)
  },
}

async function warmRunMs(program: Program): Promise<number> {
  return (await (await ENGINES.get(PEER.interpreter)!.prepare(program)).run()).ms
}

async function runCold(bench: Bench, program: Program, collect: () => void): Promise<void> {
  bench.progress(`cold: ${program.name}`)
  const names = [TIER, PEER.interpreter] as const
  const totals: number[][] = [[], []]
  const results: Run[] = []
  const rounds = bench.options.isQuick ? 1 : ROUNDS
  const end = performance.now() + CASE_MS
  for (let round = 0; round < rounds && (round === 0 || performance.now() < end); round++)
    // Each goes first in turn.
    for (const i of round % 2 === 0 ? [0, 1] : [1, 0]) {
      // Engines of earlier cases would keep what they compiled, and be collected while others run.
      collect()
      const contestant = await freshEngine(names[i]).prepare(program)
      let total = 0
      for (let run = 0; run < RUNS; run++) {
        results[i] = await contestant.run()
        total += results[i].ms
      }
      totals[i].push(total)
    }
  const faults = results.flatMap((result, i) => faultsOf(program, result, results[0], names[i]))
  if (faults.length > 0) return bench.fail(`cold: ${program.name}: ${faults.join('; ')}`)
  const [ours, peer] = totals.map(timingOf)
  bench.add(timeRow({ group: 'cold', case: program.name, tier: TIER, peer: PEER.interpreter }, ours, peer))
}

/** The garbage collector, which node gives to programs that ask for it. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
