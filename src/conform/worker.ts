import { FORKS, forkByName } from '../../opcodes/forks.ts'
import { zvm } from '../../opcodes/zvm/table.ts'
import type { Table } from '../core/table.ts'
import { findTable } from '../host/load-table.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import { type Answer, answer } from './answer.ts'
import { runCase, type SuiteCase, type TableOf } from './case.ts'
import { Coverage } from './coverage.ts'
import { findFork } from './fixture.ts'
import { listCases } from './list-cases.ts'
import { matching } from './name-filter.ts'
import { usePreparedInterpreters } from './prepared-interpreters.ts'
import { type FileReport, SLOW, type TimedResult } from './report.ts'
import {
  revmeLine,
  runStateTestFile,
  type StateTestResult,
  type StateTestSelection,
  stateRootLine,
} from './statetest.ts'
import type { SuiteFile } from './suite.ts'
import { type SuiteChoice, takeSuiteSteps } from './suite-tier.ts'

usePreparedInterpreters()

/** What a worker is told; plain data, since it crosses threads. */
export interface FilesTask {
  readonly files: readonly SuiteFile[]
  /** Only this fork; null for all. */
  readonly fork: string | null
  /** Source of a regular expression that names of cases or files must match; null for all. */
  readonly run: string | null
  /** A user's table in the place of the fork it extends; null for our own. */
  readonly table: string | null
  /** A table of the user's is always run in the reference tier, where its opcodes can be counted. */
  readonly tier: SuiteChoice
  /** Also the cases that are slow. */
  readonly isSlow: boolean
}

/** Blocks of more than a million gas in EEST's benchmark: the same work as that of one million, up to 150 times over. */
const SLOW_CASE = /benchmark-gas-value_(?!1M)/

/** Runs files, one after the other; the reports are in their order. */
export function runTask(task: FilesTask): Promise<Answer<FileReport[]>> {
  return answer(async () => {
    const subject = task.table === null ? null : await subjectOf(task.table, task.fork)
    return task.files.map((file) => runCases(file, task, subject))
  })
}

/** A user's table under test, and the fork in whose place it stands. */
interface Subject {
  readonly coverage: Coverage
  readonly fork: Table
}

/** Loaded once a worker: all its tasks name the same table and fork. */
let subject: Promise<Subject> | null = null

function subjectOf(path: string, forkName: string | null): Promise<Subject> {
  subject ??= findTable(path).then((table) => {
    const fork = forkName === null ? baseFork(table) : forkByName(forkName)
    return { coverage: new Coverage(table, fork), fork }
  })
  return subject
}

/** The latest fork, or else the native set, that the table was made from. */
function baseFork(table: Table): Table {
  const isPrefix = (fork: Table) => fork.deltas.every((delta, i) => table.deltas[i] === delta)
  return [...FORKS, zvm].findLast(isPrefix) ?? FORKS[0]
}

function runCases(file: SuiteFile, task: FilesTask, subject: Subject | null): FileReport {
  const coverage = subject?.coverage
  const before = new Map(coverage?.counts.map(({ name, cases, passed }) => [name, { cases, passed }]))
  const tableOf: TableOf = (name) => coverage?.table ?? findFork(name)
  const tier = coverage ? 'reference' : task.tier
  const prefix = `${file.label}: `
  const only = subject?.fork ?? (task.fork === null ? null : forkByName(task.fork))
  takeSuiteSteps()
  // The time to read and list the file counts for its first case.
  let since = performance.now()
  const results = wantedCases(file, task, only).map((suiteCase): TimedResult => {
    coverage?.begin()
    const { reason, ...result } = runCase(suiteCase, tableOf, nodeCrypto, tier)
    const isOutside = coverage?.end(result.outcome === 'passed').isOutside ?? false
    const now = performance.now()
    const seconds = (now - since) / 1000
    since = now
    if (isOutside)
      return { ...result, outcome: 'outside', reason: 'reached an opcode the table lacks', seconds }
    // Messages name the file, and so do reports.
    return reason === undefined
      ? { ...result, seconds }
      : { ...result, reason: strip(reason, prefix), seconds }
  })
  const opcodes = (coverage?.counts ?? []).map(({ name, cases, passed }) => ({
    name,
    cases: cases - (before.get(name)?.cases ?? 0),
    passed: passed - (before.get(name)?.passed ?? 0),
  }))
  return { results, opcodes, lowered: takeSuiteSteps() }
}

/** The cases of the file that the task asks for, of one fork or of all. */
function wantedCases(file: SuiteFile, { run, isSlow }: FilesTask, only: Table | null): readonly SuiteCase[] {
  const isOfFork = ({ tableFork, isBroken }: SuiteCase) =>
    only === null || isBroken || (tableFork !== null && findFork(tableFork) === only)
  const ofFork = listCases(file)
    .filter(isOfFork)
    .map((suiteCase) =>
      !isSlow && SLOW_CASE.test(suiteCase.name) ? { ...suiteCase, skipped: SLOW } : suiteCase,
    )
  if (run === null) return ofFork
  return matching(new RegExp(run), ofFork, ({ name }) => [name, file.label, `${file.label}: ${name}`])
}

function strip(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text
}

/** What `zvm statetest --workers` tells a worker. */
export interface StateTestTask {
  readonly file: string
  readonly selection: StateTestSelection
  readonly asRevme: boolean
}

/** Runs one file of state tests; the lines are for stderr, in order. */
export function runStateTests(
  task: StateTestTask,
): Promise<Answer<{ lines: string[]; results: StateTestResult[] }>> {
  return answer(() => {
    const lines: string[] = []
    const describe = task.asRevme ? revmeLine : stateRootLine
    const write = (line: string) => void lines.push(line)
    const results = [...runStateTestFile(task.file, task.selection, describe, write, () => null)]
    return { lines, results }
  })
}
