import { type StateCase, stateCases } from '../../src/conform/state-tests.ts'
import {
  bytesToHex,
  cancun,
  createEngine,
  defaultCrypto,
  type EngineResult,
  FORKS,
  type Hex,
  haltName,
  memoryState,
  type TierName,
} from '../../src/index.ts'

import { walletLines } from './wallet-work.ts'

/** A program as the files of fixtures/programs and of the corpus have it; README.md there describes the shape. */
export interface Program {
  readonly name: string
  readonly code: Hex
  readonly input?: Hex
  readonly gasLimit: number | string
  readonly accounts?: Readonly<Record<string, object>>
  readonly balance?: string
  readonly storage?: Readonly<Record<string, string>>
}

/** What a page is to run: plain data. */
export interface Work {
  readonly programs: readonly Program[]
  /** Files of state tests: their place and content. */
  readonly stateTests: readonly (readonly [place: string, file: unknown])[]
  /** Cases of a file at the most. */
  readonly casesPerFile: number
}

/** What came of it, in text that can be compared: a line a program, a line a case. */
export interface Findings {
  readonly lines: readonly string[]
  /** What the wallet makes of a vector. */
  readonly wallet: readonly string[]
  /** The tier that `auto` means here. */
  readonly tier: string
}

const CONTRACT = '0x00000000000000000000000000000000000c0de0'

/** Does the work through the public API, with the tier that the host allows. The same in node and in a page. */
export function runWork({ programs, stateTests, casesPerFile }: Work): Findings {
  const cases = stateTests.flatMap(([place, file]) => runStateTests(place, file, casesPerFile))
  const { tier } = createEngine({ table: cancun, state: memoryState({}) })
  return { lines: [...programs.map(lineOf), ...cases], wallet: walletLines(), tier }
}

function lineOf(program: Program): string {
  const { status, halt, gasUsed, steps, output, logs } = runProgram(program, 'auto')
  return `${program.name}: ${status} ${halt} gas ${gasUsed} steps ${steps} output ${output} logs ${logs.length}`
}

/** Runs a program in a state of its own. */
export function runProgram(program: Program, tier: TierName): EngineResult {
  const { code, input, gasLimit, accounts = {}, balance, storage } = program
  const own = { code, nonce: '0x1', balance: balance ?? '0x0', storage: storage ?? {} }
  const alloc = { ...accounts, [CONTRACT]: own }
  const engine = createEngine({ table: cancun, state: memoryState(alloc), tier })
  const data = input === undefined ? {} : { data: input }
  return engine.call({ to: CONTRACT, gas: BigInt(gasLimit), ...data })
}

function runStateTests(place: string, file: unknown, most: number): string[] {
  return stateCases(file, place)
    .filter(({ fork }) => tableOf(fork))
    .slice(0, most)
    .map((test) => `${place} ${test.name} ${test.fork}[${test.index}]: ${runCase(test)}`)
}

function runCase(test: StateCase): string {
  const { stateRoot, logsHash, result, failure } = test.run(
    tableOf(test.fork)!,
    defaultCrypto,
    undefined,
    'auto',
  )
  const end = `root ${stateRoot} logs ${logsHash}${failure === null ? '' : ` FAILS ${failure}`}`
  if (!('status' in result)) return `${result.message} ${end}`
  const { status, halt, gasUsed, gasRefunded, steps, output } = result
  return `${status} ${haltName(halt)} gas ${gasUsed} refund ${gasRefunded} steps ${steps} output ${bytesToHex(output)} ${end}`
}

function tableOf(fork: string) {
  return FORKS.find(({ name }) => name === fork)
}
