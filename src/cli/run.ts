import type { Argv } from 'yargs'
import type { CapabilityRuntime } from '../capabilities.ts'
import { type CallResult, executeCall } from '../chain/call.ts'
import type { StateDump } from '../conform/dump.ts'
import { Driver, type Limits } from '../core/driver.ts'
import { bugLine, ERROR_CODES, ZvmError } from '../core/errors.ts'
import { Halt, haltName } from '../core/halt.ts'
import { bytesToHex, toFixedHex, toQuantity } from '../core/hex.ts'
import type { Table } from '../core/table.ts'
import type { Tier } from '../core/tier.ts'
import type { Tracer } from '../core/tracer.ts'
import type { MemorySource } from '../state/memory-source.ts'
import { State } from '../state/state.ts'
import type { TierName } from '../wasm/tier-names.ts'
import { flag, text } from './arguments.ts'
import { executeCreation } from './creation.ts'
import { EXIT } from './exit-codes.ts'
import { codeOptions } from './input.ts'
import { lazyCrypto } from './lazy-crypto.ts'
import { machineOptions, tierOf } from './machine-options.ts'
import type { Arguments, Command } from './main.ts'
import { jsonText, oneLine, print, printJson, warn } from './output.ts'
import { takerOf } from './receipt-option.ts'
import { type RunSetup, readSetup, setupOptions } from './run-setup.ts'
import { errorText, runtimeOptions } from './runtime-options.ts'
import { verifierOptions } from './signature-options.ts'
import { bareTarget, tableFile, tableOptions } from './table.ts'
import { isTraced, type Tracing, traced, traceOptions } from './trace-options.ts'

function options(yargs: Argv): Argv {
  const built = setupOptions(codeOptions(verifierOptions(runtimeOptions(tableOptions(traceOptions(yargs))))))
    .option('require-signature', text('Run only if this file is a signature of the code file'))
    .option('db', text('Folder of a store: run over its state, and keep there what a success changes'))
    .option('bench', flag('Time it'))
    .option('dump', flag('Print the state afterwards'))
    .option('stats', flag('Print gas, refund and steps to stderr'))
    .option('json', flag('Print one JSON object'))
  return machineOptions(built)
    .example('$0 run 600260030160005260206000f3', 'Add 2 and 3, return the sum')
    .example('$0 run --codefile token.hex --trace', 'Trace every step to stderr')
    .example('$0 run --codefile token.hex --tracer callTracer', 'Write the calls as a tree, as geth does')
    .example('$0 run program.zvm', 'Run a container by the table of its target')
    .example('$0 run contract.wasm --input 00ff', 'Run a module of wasm-lite, metered')
    .example(
      '$0 run agent.zvm --allow clock,log --record run.json',
      'Grant what it declares; keep the answers',
    )
}

/** `zvm run`: exits 1 when execution reverts or halts. */
export const run: Command = {
  options,
  run: async (args) => ((await runCode(args)).status === 'success' ? EXIT.ok : EXIT.failed),
}

/** `zvm-evm run`: exits 0 even then, as geth does. */
export const evmRun: Command = {
  options,
  async run(args) {
    await runCode(args)
    return EXIT.ok
  },
}

/**
 * Most programs that are typed end within this many instructions. `auto` tries them in the reference tier: to make the
 * generated one and to compile it takes 15 ms, as long as a hundred thousand instructions do.
 */
const TRIAL_STEPS = 2000

function runCode(args: Arguments): Promise<CallResult> {
  return traced(args, async (tracing) => runTraced(args, await readSetup(args), tracing))
}

async function runTraced(args: Arguments, setup: RunSetup, tracing: Tracing): Promise<CallResult> {
  const { source, recorded } = setup
  if (args.bench && !mayRepeat(setup))
    throw new ZvmError(
      ERROR_CODES.usage,
      '--bench: not with --allow, since what is outside would be asked again and again',
    )
  // Settled before a store keeps anything: where a file cannot be written, nothing is.
  const settle = (ended: Ended) =>
    recorded?.settle(jsonText(resultOf(ended)), ended.result.status === 'success')
  const ended = await (args.db === undefined
    ? runInMemory(args, setup, settle, tracing)
    : runOverStore(args, setup, settle, tracing))
  const { state, result } = ended
  show(args, ended, args.dump ? await dumpAfter(source, state) : null)
  return result
}

async function runInMemory(
  args: Arguments,
  setup: RunSetup,
  settle: (ended: Ended) => void,
  tracing: Tracing,
): Promise<Ended> {
  const named = tierOf(args)
  const newState = () => new State(setup.source)
  const taker = await takerOf(args, setup.recorded)
  const ledger = setup.recorded?.ledger ?? null
  if (!ledger) {
    const ended =
      runTrial(args, setup, newState) ??
      runFully(args, setup, newState, await tierMaker(named, args), tracing)
    settle(ended)
    return ended
  }
  const tierFor = await tierMaker(named, args)
  const execute = (fitted: RunSetup, fresh: () => State) =>
    runTrial(args, fitted, fresh) ?? runFully(args, fitted, fresh, tierFor, tracing)
  return ledger.alone(() => {
    const target = setup.container?.target ?? bareTarget(args)
    const ended = taker ? taker.runInMemory(setup, target, execute) : execute(setup, newState)
    settle(ended)
    return ended
  })
}

async function runOverStore(
  args: Arguments,
  setup: RunSetup,
  settle: (ended: Ended) => void,
  tracing: Tracing,
): Promise<Ended> {
  const { runInStore } = await import('./run-in-store.ts')
  const tierFor = await tierMaker(tierOf(args), args)
  const execute = (fitted: RunSetup, newState: () => State) =>
    runTrial(args, fitted, newState) ?? runFully(args, fitted, newState, tierFor, tracing)
  return runInStore(args, setup, await takerOf(args, setup.recorded), execute, settle)
}

/** Whether a run may be made twice: not where the world is asked. */
function mayRepeat({ recorded }: RunSetup): boolean {
  return !recorded || recorded.runtime.grants.names.length === 0
}

type TierMaker = (table: Table, limits: Limits) => Tier | null

/** What makes the tier of `--tier`, loaded here because short runs and traces need none. */
async function tierMaker(name: TierName, { trace, bench }: Arguments): Promise<TierMaker> {
  if (name === 'reference' || (trace && !bench)) return () => null
  const { preparedTier } = await import('./prepared-tier.ts')
  return (table, limits) => preparedTier(name, table, limits)
}

/** A run by the reference tier, if one may be tried and was enough; else null. */
function runTrial(args: Arguments, setup: RunSetup, newState: () => State): Ended | null {
  if (
    setup.formats ||
    args.tier !== 'auto' ||
    isTraced(args) ||
    args.bench ||
    setup.limits.steps <= TRIAL_STEPS
  )
    return null
  // Not with rows of a user's own, which might see that they are run twice.
  if (tableFile(args) !== null || !mayRepeat(setup)) return null
  const ended = attempt({ ...setup, limits: { ...setup.limits, steps: TRIAL_STEPS } }, newState(), null, null)
  if (ended.result.halt === Halt.StepLimit) return null
  return ended
}

function runFully(
  args: Arguments,
  setup: RunSetup,
  newState: () => State,
  tierFor: TierMaker,
  tracing: Tracing,
): Ended {
  const { table, limits } = setup
  const tier = tierFor(table, limits)
  const tracer = tracing.next()
  const ended = blaming(tableFile(args), () => attempt(setup, newState(), tracer, tier))
  if (args.bench) bench(() => attempt(setup, newState(), null, tier))
  return ended
}

function attempt(setup: RunSetup, state: State, tracer: Tracer | null, tier: Tier | null): Ended {
  const { table, request, env, limits, recorded, formats } = setup
  const runtime = recorded?.runtime ?? null
  const driver = new Driver(table, state, lazyCrypto, limits, tier)
  driver.tracer = tracer
  driver.runtime = runtime
  driver.formats = formats
  const result =
    request.to === null
      ? executeCreation(driver, state, request, null, env)
      : executeCall(driver, state, request, env, 'keep')
  return { state, result, denied: driver.denied, runtime }
}

/** How a run ended. */
export interface Ended {
  readonly state: State
  readonly result: CallResult
  /** The capability that was missing last; empty where none was. */
  readonly denied: string
  readonly runtime: CapabilityRuntime | null
}

/** The code of a user's own rows may throw, which is no bug of ours. */
export function blaming<T>(table: string | null, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (table === null || error instanceof ZvmError) throw error
    throw new ZvmError(ERROR_CODES.badTable, `${table}: its rows threw ${bugLine(error)}`, { table }, error)
  }
}

/** Its roots need the trie, which is loaded here because other runs do not. */
async function dumpAfter(source: MemorySource, state: State): Promise<StateDump> {
  const { dumpState } = await import('../conform/dump.ts')
  const after = source.fork()
  after.apply(state.changes())
  return dumpState(after)
}

/** What a run tells, as its record has it too. */
function resultOf({ result, denied, runtime }: Ended): object {
  const { status, halt, output, gasUsed, refund, steps, logs, contractAddress } = result
  return {
    status,
    halt: haltName(halt),
    ...(denied === '' ? {} : { denied }),
    ...(runtime && runtime.failure !== '' ? { failure: runtime.failure } : {}),
    gasUsed,
    refund,
    steps,
    output: bytesToHex(output),
    ...(contractAddress === null ? {} : { contractAddress: toFixedHex(contractAddress, 20) }),
    logs: logs.map(({ address, topics, data }) => ({
      address: toFixedHex(address, 20),
      topics: topics.map((topic) => toFixedHex(topic, 32)),
      data: bytesToHex(data),
    })),
    ...(runtime ? { intents: runtime.intents } : {}),
  }
}

function show(args: Arguments, ended: Ended, dump: StateDump | null): void {
  const { status, halt, output, gasUsed, refund, steps } = ended.result
  if (args.json) printJson({ ...resultOf(ended), ...(dump ? { state: dump } : {}) })
  else if (!args.trace) {
    print(bytesToHex(output))
    for (const { call, args: fields } of ended.runtime?.intents ?? [])
      print(oneLine(` intent: ${call} ${JSON.stringify(fields)}`))
    if (status !== 'success') print(oneLine(` error: ${errorText(ended)}`))
  }
  if (dump && !args.json) printJson(dump, 2)
  if (args.stats)
    warn(`${haltName(halt)}: gas used ${toQuantity(gasUsed)} (${gasUsed}), refund ${refund}, steps ${steps}`)
}

/** Best of runs that together take about a second. */
function bench(attempt: () => { result: CallResult }): void {
  let best = Number.POSITIVE_INFINITY
  const end = performance.now() + 1000
  let runs = 0
  let gasUsed = 0n
  do {
    const start = performance.now()
    gasUsed = attempt().result.gasUsed
    best = Math.min(best, performance.now() - start)
    runs++
  } while (performance.now() < end)
  warn(`EVM gas used:    ${gasUsed}`)
  warn(`execution time:  ${best.toFixed(6)}ms (best of ${runs})`)
}
