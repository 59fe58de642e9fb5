import { setImmediate } from 'node:timers/promises'
import type { CapabilityRuntime } from '../../capabilities.ts'
import type { CallRequest } from '../../chain/call.ts'
import { executeTransaction } from '../../chain/execute.ts'
import { intrinsicGas } from '../../chain/intrinsic-gas.ts'
import { newTransaction, type Transaction } from '../../chain/transaction.ts'
import { assemble } from '../../core/assembler.ts'
import { Driver, NO_LIMITS } from '../../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { isSuccess } from '../../core/halt.ts'
import type { BlockEnvironment, Environment } from '../../core/host.ts'
import type { Table } from '../../core/table.ts'
import type { Bundle, BundleTransaction } from '../../replay/bundle.ts'
import { KeptAnswers } from '../../runtime/answers.ts'
import type { CallAbi } from '../../runtime/solidity-abi.ts'
import { MemorySource } from '../../state/memory-source.ts'
import { State } from '../../state/state.ts'
import { testBlockHash } from '../../state/test-block-hash.ts'
import { Debugger } from '../../trace/debugger.ts'
import { lazyCrypto } from '../lazy-crypto.ts'
import type { NewRuntime } from '../recorded-runtime.ts'
import { type MessageRecipe, runOf } from '../stepper/recipe.ts'

/** A contract that has been loaded. */
export interface Contract {
  readonly name: string
  readonly address: bigint
  /** Null where nothing is known of its functions. */
  readonly abi: CallAbi | null
  /** The same as JSON. */
  readonly abiJson: unknown
  /** What it declares. */
  readonly capabilities: readonly string[]
}

/** What answers the system calls of a session. */
export interface Outside {
  readonly newRuntime: NewRuntime
  /** What is granted, which what is typed may use. */
  readonly granted: readonly string[]
}

/** All that undoing takes back. Never changed: an action makes another one. */
export interface Bench {
  readonly table: Table
  readonly source: MemorySource
  readonly block: BlockEnvironment
  readonly chainId: bigint
  readonly sender: bigint
  /** Where the program that is typed runs. */
  readonly self: bigint
  readonly value: bigint
  readonly input: Uint8Array
  readonly gas: bigint
  /** The program so far, in the lines in which it was typed. */
  readonly program: readonly string[]
  /** The same, and after it has ended until the next one begins. */
  readonly lastProgram: readonly string[]
  readonly contracts: readonly Contract[]
  /** What answers system calls; null where nothing is granted. */
  readonly outside: Outside | null
  /** What was answered to the program so far: it is not asked again where that runs again. */
  readonly answers: KeptAnswers
  /** The state that `sent` begin on. */
  readonly base: MemorySource
  /** Messages that have ended since the state was last set by hand. */
  readonly sent: readonly CallRequest[]
}

/** Wei that the sender begins with. */
const RICH = 10n ** 24n

/** Instructions that are run at once; between, the line may be cancelled. */
const SLICE_STEPS = 100_000

export function newBench(table: Table, gas: bigint, sender: bigint, outside: Outside | null): Bench {
  const source = new MemorySource(testBlockHash)
  source.set(sender, 0n, RICH, new Uint8Array(0), new Map())
  return {
    ...{ table, source, chainId: 1n, sender, self: 0xc0den, value: 0n, input: new Uint8Array(0), gas },
    block: {
      ...{ number: 1n, timestamp: 1n, coinbase: 0n, gasLimit: 1n << 40n, difficulty: 0n, prevRandao: 0n },
      ...{ baseFee: 0n, blobBaseFee: 1n },
    },
    ...{ program: [], lastProgram: [], contracts: [], base: source, sent: [] },
    ...{ outside, answers: new KeptAnswers() },
  }
}

/** What came of lines, with the bench as it is after them. */
export interface Ran {
  readonly bench: Bench
  /** The machine that ran; null where there was no code to run. */
  readonly debug: Debugger | null
}

/** Says whether the line has been cancelled. */
export type IsCancelled = () => boolean

/**
 * Adds lines to the program and runs it from its beginning to where the lines end: the same as if it had been waiting
 * there. Once it has ended, what it changed is kept if it succeeded, and the next line begins another one. Throws VALUE
 * where the lines are no assembly, USAGE where they are cancelled.
 */
export async function runLines(bench: Bench, lines: string, isCancelled: IsCancelled): Promise<Ran> {
  const program = [...bench.program, lines]
  const { code, source, request } = programOf({ ...bench, program })
  const going = { ...bench, program, lastProgram: program }
  if (code.length === 0) return { bench: going, debug: null }
  const recipe = recipeOf(bench, source, request)
  const debug = new Debugger(runOf(recipe))
  const isAtEnd = () => debug.driver.open === 1 && debug.frame!.pc >= code.length
  if (!debug.hasEnded && !isAtEnd()) await runUntil(debug, isAtEnd, isCancelled)
  if (!debug.hasEnded) return { bench: going, debug }
  // The program's code is part of the state that it ran on, so it is the first of what is sent.
  const ended = settled(
    { ...bench, base: source, sent: [], program: [], lastProgram: program, answers: new KeptAnswers() },
    recipe,
    debug,
  )
  return { bench: ended, debug }
}

/** Calls an account, or creates a contract where `to` is null, and keeps what a success changes. */
export async function send(
  bench: Bench,
  to: bigint | null,
  data: Uint8Array,
  isCancelled: IsCancelled,
): Promise<Ran> {
  const request = { ...requestOf(bench), to, data }
  const recipe = recipeOf({ ...bench, answers: new KeptAnswers() }, bench.source, request)
  const debug = new Debugger(runOf(recipe))
  await runUntil(debug, () => false, isCancelled)
  return { bench: settled(bench, recipe, debug), debug }
}

function requestOf({ sender, value, gas }: Bench) {
  return { caller: sender, value, gas }
}

function recipeOf(bench: Bench, source: MemorySource, request: CallRequest): MessageRecipe {
  return {
    kind: 'message',
    table: bench.table,
    source,
    request,
    env: environmentOf(bench),
    limits: NO_LIMITS,
    runtime: runtimeOf(bench),
  }
}

/** A contract declares what its ABI says; what is typed, all that is granted. */
function runtimeOf({ outside, contracts, self, answers }: Bench): CapabilityRuntime | null {
  if (!outside) return null
  const { newRuntime, granted } = outside
  const declared = (address: bigint) =>
    address === self ? granted : (contracts.find((each) => each.address === address)?.capabilities ?? [])
  return newRuntime({ declared, kept: answers })
}

function environmentOf({ block, chainId, sender }: Bench): Environment {
  return { chainId, block, origin: sender, gasPrice: 0n, blobHashes: [] }
}

async function runUntil(debug: Debugger, isAtEnd: () => boolean, isCancelled: IsCancelled): Promise<void> {
  while (!debug.hasEnded && !debug.continueUntil(isAtEnd, SLICE_STEPS)) {
    await setImmediate()
    if (isCancelled()) throw new ZvmError(ERROR_CODES.usage, 'cancelled; nothing has changed')
  }
}

/**
 * The bench after a message has ended. What it changed is taken from a run of its own: the one shown may be stepped back.
 * Files that it wrote are there then. Throws IO.
 */
function settled(bench: Bench, recipe: MessageRecipe, debug: Debugger): Bench {
  const { request } = recipe
  const source = recipe.source.fork()
  if (isSuccess(debug.driver.result.halt)) {
    const { driver, state, begin } = runOf(recipe)
    begin()
    driver.run()
    recipe.runtime?.commit()
    state.endTransaction(driver.table.rules.clearEmpty)
    source.apply(state.changes())
  }
  return { ...bench, source, sent: [...bench.sent, request] }
}

/** The bench with a state that was set by hand: what was sent before is no longer part of a bundle. */
export function withState(bench: Bench, change: (source: MemorySource) => void): Bench {
  const source = bench.source.fork()
  change(source)
  return { ...bench, source, base: source, sent: [] }
}

/**
 * The messages as transactions of a bundle, on the state that they began on, with what comes of them; the program that is being typed
 * as the last one, ended where it is. Throws USAGE where there is none, or one that is no transaction.
 */
export function bundleOf(bench: Bench, name: string): Bundle {
  if (bench.outside)
    throw new ZvmError(ERROR_CODES.usage, 'save: a bundle holds no answers of system calls; not with grants')
  const open = bench.program.length > 0 ? programOf(bench) : null
  const base = open?.source ?? bench.base
  const requests = open ? [open.request] : bench.sent
  if (requests.length === 0) throw new ZvmError(ERROR_CODES.usage, 'save: nothing has been run')
  const { table, block, chainId } = bench
  const source = base.fork()
  const transactions: BundleTransaction[] = []
  for (const request of requests) {
    const fields = transactionOf(bench, source, request)
    const state = new State(source)
    const driver = new Driver(table, state, lazyCrypto)
    const context = { chainId, block, gasLeft: block.gasLimit, blobGasUsed: 0n }
    const outcome = executeTransaction(driver, state, fields, request.caller, context)
    if (!('status' in outcome))
      throw new ZvmError(ERROR_CODES.usage, `save: no transaction: ${outcome.message}`)
    source.apply(state.changes())
    const { status, gasUsed, output, logs } = outcome
    const expected = { status: status === 'success' ? 1 : 0, gasUsed, output, logs } as const
    transactions.push({ sender: request.caller, fields, expected })
  }
  const { number, timestamp, coinbase, gasLimit, difficulty, prevRandao } = block
  return {
    ...{ name, source: 'zvm repl', chain: { chainId, fork: table.name.toLowerCase() } },
    block: { number, timestamp, coinbase, gasLimit, difficulty, prevRandao, blockHashes: new Map() },
    pre: new Map(base.accounts),
    transactions,
  }
}

/** The program as it is typed so far, at its account. */
function programOf(bench: Bench) {
  const source = bench.source.fork()
  const code = assemble(bench.program.join('\n'), bench.table, 'program')
  const { nonce = 0n, balance = 0n, storage = new Map() } = source.account(bench.self) ?? {}
  source.set(bench.self, nonce, balance, code, new Map(storage))
  return { code, source, request: { ...requestOf(bench), to: bench.self, data: bench.input } }
}

function transactionOf({ table }: Bench, source: MemorySource, request: CallRequest): Transaction {
  const { caller, to, value, data, gas } = request
  const free = newTransaction({ nonce: source.account(caller)?.nonce ?? 0n, to, value, data })
  return { ...free, gasLimit: gas + intrinsicGas(free, table.rules) }
}
