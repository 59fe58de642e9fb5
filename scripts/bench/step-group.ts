import { osaka } from '../../opcodes/forks.ts'
import { beginCall } from '../../src/chain/call.ts'
import { assemble } from '../../src/core/assembler.ts'
import { Driver } from '../../src/core/driver.ts'
import { nodeCrypto } from '../../src/replay/node-crypto.ts'
import { MemorySource } from '../../src/state/memory-source.ts'
import { State } from '../../src/state/state.ts'
import { type DebuggedRun, Debugger } from '../../src/trace/debugger.ts'
import { contest } from './contest.ts'
import type { Bench, Group } from './group.ts'
import type { Contestant, Timed } from './measure.ts'

/** Steps of a run, at the least. */
const STEPS = 1_000_000

/** Places of the run from where it is stepped back. */
const PLACES = 100

/** Loops of a million steps, each with something that makes going back costly. */
const PROGRAMS: Readonly<Record<string, string>> = {
  arithmetic: loop(90_910, 'DUP1 DUP1 MUL POP'),
  // A slot and a word of memory more each time round.
  storage: loop(76_924, 'DUP1 DUP1 SSTORE DUP1 DUP1 PUSH 32 MUL MSTORE'),
  // Each call reverts on odd arguments, and has memory and transient storage of its own.
  calls: loop(
    30_000,
    `DUP1 PUSH 0 MSTORE PUSH 0 PUSH 0 PUSH 32 PUSH 0 PUSH 0 PUSH 0xc0df PUSH 90000 CALL POP`,
  ),
  hashes: loop(100_000, 'PUSH 0x400 PUSH 0 KECCAK256 POP'),
}

const CALLEE = `PUSH 0 CALLDATALOAD DUP1 DUP1 SSTORE DUP1 PUSH 5 TSTORE PUSH 4000 MLOAD POP
  PUSH 1 AND @odd JUMPI PUSH 1 PUSH 2 LOG1 STOP odd: JUMPDEST PUSH 0 PUSH 0 REVERT`

function loop(count: number, body: string): string {
  return `PUSH ${count} again: JUMPDEST ${body} PUSH 1 SWAP1 SUB DUP1 @again JUMPI STOP`
}

interface Stepped extends Timed {
  /** The machine at each place that was stepped back to, in a text. */
  readonly seen: readonly string[]
}

/** The stepper: how long it takes to open a run of a million steps, and to step back in it, at the worst of many places. */
export const stepGroup: Group = {
  name: 'step',
  share: 2,
  hasMean: false,
  async run(bench) {
    for (const [name, text] of Object.entries(PROGRAMS)) {
      await measured(bench, `open/${name}`, text, openings(text))
      await measured(bench, `back/${name}`, text, stepsBack(text))
    }
  },
}

async function measured(bench: Bench, name: string, text: string, contestant: Contestant<Stepped>) {
  if (!bench.isWanted(name)) return
  await contest(bench, { group: 'step', case: name }, [{ name: null, contestant }], [], ([{ seen }]) =>
    faults(text, seen),
  )
}

/** What is not as in a run that never went back. */
function faults(text: string, seen: readonly string[]): string[] {
  const run = runOf(text)
  run.begin()
  return seen.flatMap((there) => {
    const position = Number(there.split(' ')[0])
    run.driver.runFor(position - run.driver.steps)
    const here = machineText(run)
    return here === there ? [] : [`at ${position}: ${there}, and it is ${here}`]
  })
}

function openings(text: string): Contestant<Stepped> {
  return {
    run() {
      const start = performance.now()
      const debug = new Debugger(runOf(text))
      debug.survey()
      const ms = performance.now() - start
      if ((debug.length ?? 0) < STEPS) throw new Error(`the run has but ${debug.length} steps`)
      debug.goTo(STEPS / 2)
      return { ms, seen: [machineText(debug)] }
    },
  }
}

function stepsBack(text: string): Contestant<Stepped> {
  const debug = new Debugger(runOf(text))
  debug.survey()
  return {
    run() {
      let worst = 0
      const seen: string[] = []
      for (let i = 1; i <= PLACES; i++) {
        debug.goTo(Math.floor((i * STEPS) / PLACES) - i)
        const start = performance.now()
        debug.back()
        worst = Math.max(worst, performance.now() - start)
        seen.push(machineText(debug))
      }
      return { ms: worst, seen }
    },
  }
}

function machineText({ driver, state }: Pick<DebuggedRun, 'driver' | 'state'>): string {
  const frames = driver.frames.map(({ pc, gas, sp, stack, memorySize }) =>
    [pc, gas, stack[sp - 1], sp, memorySize].join('/'),
  )
  const slots = state.slots.usedBytes('entries')
  return [driver.steps, ...frames, slots, state.refund, state.logs.length].join(' ')
}

function runOf(text: string): DebuggedRun {
  const source = new MemorySource()
  source.set(0xc0den, 1n, 0n, assemble(text, osaka, 'program'), new Map())
  source.set(0xc0dfn, 1n, 0n, assemble(CALLEE, osaka, 'callee'), new Map())
  const state = new State(source)
  const driver = new Driver(osaka, state, nodeCrypto)
  const block = { number: 1n, timestamp: 1n, coinbase: 0n, gasLimit: 1n, difficulty: 0n, prevRandao: 0n }
  const env = {
    block: { ...block, baseFee: 0n, blobBaseFee: 1n },
    ...{ chainId: 1n, origin: 1n, gasPrice: 0n, blobHashes: [] },
  }
  const request = { caller: 1n, to: 0xc0den, value: 0n, data: new Uint8Array(0), gas: 10n ** 12n }
  return { driver, state, begin: () => void beginCall(driver, state, request, env) }
}
