import { existsSync } from 'node:fs'
import type { Engine } from './engine.ts'
import { ethereumjs } from './ethereumjs.ts'
import type { Bench, Group } from './group.ts'
import { measure } from './measure.ts'
import { OWN_PROGRAMS, type Program, type RunResult, readProgramFolder, readPrograms } from './program.ts'
import { rowOf } from './report.ts'
import { TIERS, workOf } from './zvm.ts'

/** The public corpus, which is not ours to commit. */
const CORPUS = '../shared/benchmarks/corpus.json'

/** The programs of a corpus, ours against @ethereumjs/evm. */
export const evmGroup: Group = {
  name: 'evm',
  async run(bench) {
    const path = bench.options.corpus ?? (existsSync(CORPUS) ? CORPUS : null)
    if (path === null) bench.note(`evm: left out: there is no ${CORPUS}; --corpus FILE names another`)
    else await runPrograms(bench, 'evm', readPrograms(path))
  },
}

/** The same with programs of our own, which are always there. */
export const programsGroup: Group = {
  name: 'programs',
  run: (bench) => runPrograms(bench, 'programs', readProgramFolder(OWN_PROGRAMS)),
}

async function runPrograms(bench: Bench, group: string, programs: readonly Program[]): Promise<void> {
  for (const program of programs) {
    if (!bench.isWanted(program.name)) continue
    bench.progress(`${group}: ${program.name}`)
    if (bench.options.isQuick && !bench.hasTimeFor(estimatePeerMs(program))) {
      bench.note(`${program.name}: left out: ${ethereumjs.name} would take too long for a quick run`)
      continue
    }
    const tiers = bench.options.tiers.map((name) => TIERS.get(name)!)
    await runProgram(bench, group, program, [...tiers, ethereumjs])
  }
}

/** Times one program on every engine; the last one is the peer. */
async function runProgram(
  bench: Bench,
  group: string,
  program: Program,
  engines: readonly Engine[],
): Promise<void> {
  const contestants = await Promise.all(engines.map((engine) => engine.prepare(program)))
  const results: RunResult[] = []
  const timings = await measure(contestants, bench.effort, (i, run) => {
    results[i] = run
  })
  const faults = engines.flatMap(({ name }, i) => faultsOf(program, results[i], results[0], name))
  if (faults.length > 0) return bench.fail(`${program.name}: ${faults.join('; ')}`)
  const peer = engines.length - 1
  const gas = Number(results[0].gasUsed)
  for (let i = 0; i < peer; i++) {
    const named = { group, case: program.name, tier: engines[i].name, gas, peer: engines[peer].name }
    bench.add(rowOf(named, timings[i], timings[peer]), timings[i], timings[peer])
  }
}

/** What is wrong with a result: against the file where it says what must come out, else against the first engine. */
function faultsOf(program: Program, result: RunResult, first: RunResult, engine: string): string[] {
  const status = program.expected.status ?? first.status
  const gasUsed = program.expected.gasUsed ?? first.gasUsed
  const output = program.expected.output ?? first.output
  const faults: string[] = []
  if (result.status !== status) faults.push(`${engine} ended with ${result.status}, not ${status}`)
  if (result.gasUsed !== gasUsed) faults.push(`${engine} used ${result.gasUsed} gas, not ${gasUsed}`)
  if (Buffer.compare(result.output, output) !== 0) faults.push(`${engine} gave another output`)
  return faults
}

/** What a step and a message cost the peer, in ms, roughly: enough to tell what would take too long. */
const PEER_STEP_MS = 0.0004
const PEER_MESSAGE_MS = 0.08

function estimatePeerMs(program: Program): number {
  const { steps, messages, ms } = workOf(program)
  // Where single instructions take long, as powers do, they take the peer longer than us.
  return Math.max(1.5 * ms, steps * PEER_STEP_MS + messages * PEER_MESSAGE_MS)
}
