import { describeLowered, lineOfLowered, sumLowered } from '../../src/conform/lowered.ts'
import { contest, type Entrant } from './contest.ts'
import type { Engine, Run } from './engine.ts'
import { ethereumjs } from './ethereumjs.ts'
import type { Bench } from './group.ts'
import { PEER } from './peers.ts'
import type { Program, RunResult } from './program.ts'
import { type Revm, startRevm } from './revm.ts'
import { ENGINES, loweredOf, workOf } from './zvm.ts'

/** Measures the wanted ones among programs: every tier of ours against every peer. */
export async function runPrograms(bench: Bench, group: string, programs: readonly Program[]): Promise<void> {
  const wanted = programs.filter(({ name }) => bench.isWanted(name))
  if (wanted.length === 0) return
  const revm = await revmOf(bench)
  const peers = [...(bench.isPeerWanted(PEER.evm) ? [ethereumjs] : []), ...(revm ? [revm.engine] : [])]
  const late: string[] = []
  let lowered = sumLowered([])
  try {
    for (const program of wanted) {
      if (isTooLong(bench, program, peers)) late.push(program.name)
      else {
        await runProgram(bench, group, program, peers)
        lowered = sumLowered([lowered, loweredOf(program)])
      }
    }
  } finally {
    await revm?.stop()
  }
  if (lowered.steps > 0) bench.note(`${group}: ${lineOfLowered(describeLowered(lowered, []))}`)
  if (late.length > 0) bench.note(`${group}: left out of a quick run: ${late.join(', ')}`)
}

async function revmOf(bench: Bench): Promise<Revm | null> {
  if (!bench.isPeerWanted(PEER.revm)) return null
  try {
    return await startRevm()
  } catch (error) {
    bench.note(`${PEER.revm}: left out: ${(error as Error).message}`)
    return null
  }
}

async function runProgram(
  bench: Bench,
  group: string,
  program: Program,
  peers: readonly Engine[],
): Promise<void> {
  const ours = bench.options.tiers.map((name) => ENGINES.get(name)!)
  const enter = async (engine: Engine): Promise<Entrant<Run>> => ({
    name: engine.name,
    contestant: await engine.prepare(program),
  })
  const names = [...ours, ...peers].map(({ name }) => name)
  await contest(
    bench,
    { group, case: program.name },
    await Promise.all(ours.map(enter)),
    await Promise.all(peers.map(enter)),
    (results) => results.flatMap((result, i) => faultsOf(program, result, results[0], names[i])),
    ({ gasUsed }) => Number(gasUsed),
  )
}

/** What is wrong with a result: against the file where it says what must come out, else against the first engine. */
export function faultsOf(program: Program, result: RunResult, first: RunResult, engine: string): string[] {
  const status = program.expected.status ?? first.status
  const gasUsed = program.expected.gasUsed ?? first.gasUsed
  const output = program.expected.output ?? first.output
  const faults: string[] = []
  if (result.status !== status) faults.push(`${engine} ended with ${result.status}, not ${status}`)
  if (result.gasUsed !== null && result.gasUsed !== gasUsed)
    faults.push(`${engine} used ${result.gasUsed} gas, not ${gasUsed}`)
  if (Buffer.compare(result.output, output) !== 0) faults.push(`${engine} gave another output`)
  return faults
}

/** What a step and a message cost the slowest of the peers, in ms, roughly: enough to tell what takes too long. */
const PEER_STEP_MS = 0.0004
const PEER_MESSAGE_MS = 0.08
/** The reference tier, against that peer. */
const OURS = 0.1
/** What a case takes however short it is. */
const CASE_MS = 300

/** Whether a quick run leaves it out. */
function isTooLong(bench: Bench, program: Program, peers: readonly Engine[]): boolean {
  if (!bench.options.isQuick) return false
  if (!bench.hasTimeFor(CASE_MS)) return true
  const { steps, messages, ms } = workOf(program)
  // Where single instructions take long, as powers do, they take the peer longer than us.
  const peerMs = Math.max(1.5 * ms, steps * PEER_STEP_MS + messages * PEER_MESSAGE_MS)
  return !bench.hasTimeFor(CASE_MS + (peers.includes(ethereumjs) ? peerMs : OURS * peerMs))
}
