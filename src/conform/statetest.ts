import { FORKS, forkByName } from '../../opcodes/forks.ts'
import { haltName } from '../core/halt.ts'
import { bytesToHex } from '../core/hex.ts'
import type { Tracer } from '../core/tracer.ts'
import { readJsonFile } from '../host/read-file.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import { dumpState, type StateDump } from './dump.ts'
import { findFork } from './fixture.ts'
import { matching } from './name-filter.ts'
import type { StateOutcome } from './state-execution.ts'
import { type StateCase, stateCases } from './state-tests.ts'

/** What to run of a file; plain data, since it crosses threads. */
export interface StateTestSelection {
  readonly fork: string | null
  /** Index of the case within its fork. */
  readonly index: number | null
  /** Source of a regular expression that the test's name must match. */
  readonly run: string | null
  readonly isDumped: boolean
  readonly isTimed: boolean
}

/** One result, its keys in geth's order. */
export interface StateTestResult {
  readonly name: string
  readonly pass: boolean
  readonly stateRoot?: string
  readonly fork: string
  readonly error?: string
  readonly state?: StateDump
  readonly benchStats?: BenchStats
}

/** `allocs` and `bytesAllocated` are not told by this host and stand at zero; `time` is in nanoseconds. */
export interface BenchStats {
  readonly time: number
  readonly allocs: number
  readonly bytesAllocated: number
  readonly gasUsed: number
}

/**
 * Runs the chosen cases of a file, one after the other. `line` receives what goes to stderr, a line a case. A case of
 * a fork that nobody knows does not pass. Throws what is wrong with the file, and USAGE where the pattern takes forever.
 */
export function* runStateTestFile(
  path: string,
  selection: StateTestSelection,
  describe: (test: StateCase, outcome: StateOutcome) => string,
  line: (text: string) => void,
  tracerOf: () => Tracer | null,
): Iterable<StateTestResult> {
  for (const test of selectCases(stateCases(readJsonFile(path), path), selection)) {
    const { name, fork } = test
    const table = findFork(fork)
    if (!table && fork !== '') {
      yield { name, pass: false, fork, error: `no fork ${JSON.stringify(fork)}` }
      continue
    }
    const outcome = test.run(table ?? FORKS[0], nodeCrypto, tracerOf() ?? undefined)
    line(describe(test, outcome))
    yield resultOf(test, outcome, selection)
  }
}

/** A test whose forks cannot be read is always chosen: it is an error, which must not go unseen. */
function selectCases(cases: readonly StateCase[], selection: StateTestSelection): readonly StateCase[] {
  const wanted = selection.fork === null ? null : forkByName(selection.fork)
  const chosen = cases.filter(
    ({ fork, index }) =>
      fork === '' ||
      ((wanted === null || findFork(fork) === wanted) &&
        (selection.index === null || index === selection.index)),
  )
  return selection.run === null ? chosen : matching(new RegExp(selection.run), chosen, ({ name }) => [name])
}

function resultOf(test: StateCase, outcome: StateOutcome, selection: StateTestSelection): StateTestResult {
  const { stateRoot, failure } = outcome
  return {
    name: test.name,
    pass: failure === null,
    stateRoot,
    fork: test.fork,
    ...(failure === null ? {} : { error: failure }),
    ...(selection.isDumped ? { state: dumpState(outcome.state) } : {}),
    ...(selection.isTimed ? { benchStats: timeCase(test) } : {}),
  }
}

/** Best of a few runs, so that it is the case that is timed and not the warming up. */
function timeCase(test: StateCase): BenchStats {
  const table = forkByName(test.fork)
  let best = Number.POSITIVE_INFINITY
  let gasUsed = 0
  for (let i = 0; i < 5; i++) {
    const start = process.hrtime.bigint()
    const { result } = test.run(table, nodeCrypto)
    best = Math.min(best, Number(process.hrtime.bigint() - start))
    gasUsed = 'status' in result ? Number(result.gasUsed) : 0
  }
  return { time: best, allocs: 0, bytesAllocated: 0, gasUsed }
}

/** The line that geth prints and cross-client fuzzers read. */
export function stateRootLine(_test: StateCase, outcome: StateOutcome): string {
  return `{"stateRoot": "${outcome.stateRoot}"}`
}

/** The line that revme prints with `--json`. */
export function revmeLine(test: StateCase, outcome: StateOutcome): string {
  const { stateRoot, logsHash, result, failure } = outcome
  const wasRun = 'status' in result
  return JSON.stringify({
    stateRoot,
    logsRoot: logsHash,
    output: wasRun ? bytesToHex(result.output) : '0x',
    gasUsed: wasRun ? Number(result.gasUsed) : 0,
    pass: failure === null,
    errorMsg: failure ?? '',
    evmResult: wasRun ? `${capital(result.status)}: ${haltName(result.halt)}` : result.message,
    postLogsHash: logsHash,
    fork: test.fork.toUpperCase(),
    test: test.name,
    ...outcome.indexes,
  })
}

function capital(word: string): string {
  return word[0].toUpperCase() + word.slice(1)
}
