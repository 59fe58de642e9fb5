import { cancun } from '../../opcodes/forks.ts'
import { type SuiteTier, suiteDriver } from '../../src/conform/suite-tier.ts'
import { Driver, NO_LIMITS } from '../../src/core/driver.ts'
import { Halt, isSuccess } from '../../src/core/halt.ts'
import type { Environment } from '../../src/core/host.ts'
import { Message } from '../../src/core/message.ts'
import { extend, type Table } from '../../src/core/table.ts'
import { nodeCrypto } from '../../src/replay/node-crypto.ts'
import { MemorySource } from '../../src/state/memory-source.ts'
import { State } from '../../src/state/state.ts'
import { WARMED } from '../../src/wasm/compiler/translation.ts'
import type { LoweredSteps } from '../../src/wasm/step-tally.ts'
import { TIERS, type TierName } from '../../src/wasm/tier-names.ts'
import { sharedTier, takeLoweredSteps } from '../../src/wasm/tiers.ts'
import type { Engine, Run } from './engine.ts'
import type { Contestant } from './measure.ts'
import { accountsOf, CONTRACT, type Program, SENDER, type Status } from './program.ts'

/** Our tiers by name, the default first. */
export const ENGINES: ReadonlyMap<string, Engine> = new Map(
  TIERS.map((name) => [name, engineFor(name, cancun)]),
)

/** A tier of ours for code of one instruction set, or the modules that are made of it. */
export function engineFor(tier: SuiteTier, table: Table): Engine {
  return { name: tier, prepare: (program) => steady(program, tier, table) }
}

/** Steady state is waited for this long. */
const MOST_STEADY_MS = 4000

/** A tier that translates what is hot is run until it has had the occasion to, of every contract that may take part. */
function steady(program: Program, tier: SuiteTier, table: Table): Contestant<Run> {
  const contestant = prepare(program, tier, table)
  if (tier !== 'auto') return contestant
  const codes = accountsOf(program).map(({ code }) => code.length)
  const wanted = 1.2 * codes.reduce((sum, sizeBytes) => sum + WARMED.stepsBefore(sizeBytes), 0)
  const end = performance.now() + MOST_STEADY_MS
  for (let steps = 0; steps < wanted && performance.now() < end; steps += contestant.steps()) contestant.run()
  return contestant
}

/** An engine that has seen no program yet: nothing is compiled, nothing is known to be hot. */
export function freshEngine(tier: TierName): Engine {
  // Tiers and what they have compiled belong to an instruction set. A delta that changes nothing makes another one.
  const { gas } = [...cancun.rows.values()].find(({ name }) => name === 'ADD')!
  const table = extend(cancun, cancun.name, [{ eip: 0, title: 'nothing', reprice: { ADD: gas } }])
  return { name: tier, prepare: (program) => prepare(program, tier, table) }
}

/** What programs of the bench see of block and transaction: all zero where that is possible. */
export const ENVIRONMENT: Environment = {
  chainId: 1n,
  block: {
    number: 0n,
    timestamp: 0n,
    coinbase: 0n,
    gasLimit: 0n,
    difficulty: 0n,
    prevRandao: 0n,
    baseFee: 0n,
    blobBaseFee: 1n,
  },
  origin: SENDER,
  gasPrice: 0n,
  blobHashes: [],
}

interface Prepared extends Contestant<Run> {
  /** Instructions of the last run. */
  steps(): number
}

function prepare(program: Program, tier: SuiteTier, table: Table): Prepared {
  const state = new State(sourceOf(program))
  const driver = suiteDriver(table, state, nodeCrypto, tier)
  return {
    compiles: true,
    steps: () => driver.steps,
    run() {
      warmUp(state)
      const message = messageOf(program)
      const start = performance.now()
      driver.begin(message, ENVIRONMENT)
      const { halt, gas, output } = driver.run()
      const ms = performance.now() - start
      const result = { ms, status: statusOf(halt), gasUsed: program.gasLimit - gas, output: output.slice() }
      state.rollback()
      return result
    },
  }
}

/** How much there is to do in a program. */
export interface Work {
  readonly steps: number
  /** Calls and creations, the first message included. */
  readonly messages: number
  /** How long one run took, watched step by step. */
  readonly ms: number
}

/** Counts the work in one run. */
export function workOf(program: Program): Work {
  const state = new State(sourceOf(program))
  const driver = new Driver(cancun, state, nodeCrypto)
  let messages = 0
  driver.tracer = { enter: () => void messages++ }
  warmUp(state)
  const start = performance.now()
  driver.begin(messageOf(program), ENVIRONMENT)
  driver.run()
  return { steps: driver.steps, messages, ms: performance.now() - start }
}

/** Counts what of one run leaves generated code. */
export function loweredOf(program: Program): LoweredSteps {
  const state = new State(sourceOf(program))
  const driver = new Driver(cancun, state, nodeCrypto, NO_LIMITS, sharedTier('interpreter', cancun))
  warmUp(state)
  takeLoweredSteps()
  driver.begin(messageOf(program), ENVIRONMENT)
  driver.run()
  return takeLoweredSteps()
}

/**
 * Runs a program once and keeps what it changed: the accounts afterwards, for programs that go on from there.
 * Throws where it does not end well.
 */
export function accountsAfter(program: Program): MemorySource {
  const source = sourceOf(program)
  const state = new State(source)
  const driver = new Driver(cancun, state, nodeCrypto)
  warmUp(state)
  driver.begin(messageOf(program), ENVIRONMENT)
  const { halt } = driver.run()
  if (!isSuccess(halt)) throw new Error(`${program.name}: ends with ${statusOf(halt)}`)
  state.endTransaction(true)
  source.apply(state.changes())
  return source
}

function sourceOf(program: Program): MemorySource {
  const source = new MemorySource()
  for (const { address, nonce, balance, code, storage } of accountsOf(program))
    source.set(address, nonce, balance, code, new Map(storage))
  return source
}

function warmUp(state: State): void {
  state.beginTransaction()
  for (const address of [CONTRACT, SENDER, ...cancun.precompiles.keys()]) state.warmAddress(address)
}

function messageOf(program: Program): Message {
  const message = new Message()
  message.caller = SENDER
  message.self = CONTRACT
  message.to = CONTRACT
  message.codeAddress = CONTRACT
  message.input = program.input
  message.gas = program.gasLimit
  return message
}

function statusOf(halt: Halt): Status {
  if (isSuccess(halt)) return 'success'
  if (halt === Halt.Revert) return 'revert'
  return halt === Halt.OutOfGas ? 'oog' : 'halt'
}
