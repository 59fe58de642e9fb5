import { FORKS, forkByName } from '../../opcodes/forks.ts'
import { ZvmError } from '../core/errors.ts'
import type { Table } from '../core/table.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import type { TierChoice } from '../wasm/tiers.ts'
import { Coverage } from './coverage.ts'
import { loadTable } from './load-table.ts'
import type { FileReport, TimedResult } from './report.ts'
import type { CaseResult } from './result.ts'
import { runFile } from './run-file.ts'
import {
  revmeLine,
  runStateTestFile,
  type StateTestResult,
  type StateTestSelection,
  stateRootLine,
} from './statetest.ts'
import type { SuiteFile } from './suite.ts'

/** What a worker is told; plain data, since it crosses threads. */
export interface FileTask {
  readonly file: SuiteFile
  /** Only this fork; null for all. */
  readonly fork: string | null
  /** Source of a regular expression that names of cases or files must match; null for all. */
  readonly run: string | null
  /** A user's table in the place of the fork it extends; null for our own. */
  readonly table: string | null
  /** A table of the user's is always run in the reference tier, where its opcodes can be counted. */
  readonly tier: TierChoice
}

/** Loaded once a worker. */
const coverages = new Map<string, Promise<Coverage>>()

/** Runs one file. Called in a worker thread, or directly where there is one core. */
export async function runTask(task: FileTask): Promise<FileReport> {
  const coverage = task.table === null ? null : await coverageOf(task.table)
  const before = new Map(coverage?.counts.map(({ name, cases, passed }) => [name, { cases, passed }]))
  const results = [...timed(wanted(task, runCases(task, coverage)))]
  const opcodes = (coverage?.counts ?? []).map(({ name, cases, passed }) => ({
    name,
    cases: cases - (before.get(name)?.cases ?? 0),
    passed: passed - (before.get(name)?.passed ?? 0),
  }))
  return { results, opcodes }
}

function coverageOf(path: string): Promise<Coverage> {
  const known = coverages.get(path)
  if (known) return known
  const loading = loadTable(path).then((table) => new Coverage(table, baseFork(table)))
  coverages.set(path, loading)
  return loading
}

/** The latest fork that the table was made from. */
export function baseFork(table: Table): Table {
  const isPrefix = (fork: Table) => fork.deltas.every((delta, i) => table.deltas[i] === delta)
  return FORKS.findLast(isPrefix) ?? FORKS[0]
}

function* runCases(task: FileTask, coverage: Coverage | null): Iterable<CaseResult> {
  const only = coverage ? baseFork(coverage.table) : task.fork === null ? null : forkByName(task.fork)
  const tableOf = (name: string) => {
    const fork = findFork(name)
    if (only && fork !== only) return null
    return coverage && fork ? coverage.table : fork
  }
  coverage?.begin()
  for (const result of runFile(task.file, tableOf, nodeCrypto, coverage ? 'reference' : task.tier)) {
    // A case of another fork than the wanted one is not part of this run, rather than skipped.
    if (only && result.outcome === 'skipped' && result.fork !== null && findFork(result.fork) !== only)
      continue
    if (!coverage) yield result
    else {
      const { isOutside } = coverage.end(result.outcome === 'passed')
      coverage.begin()
      yield isOutside
        ? { ...result, outcome: 'outside', reason: 'reached an opcode the table lacks' }
        : result
    }
  }
}

function findFork(name: string): Table | null {
  try {
    return forkByName(name)
  } catch (error) {
    if (error instanceof ZvmError) return null
    throw error
  }
}

function* wanted(task: FileTask, results: Iterable<CaseResult>): Iterable<CaseResult> {
  const pattern = task.run === null ? null : new RegExp(task.run)
  for (const result of results)
    if (!pattern || pattern.test(result.case) || pattern.test(task.file.label)) yield result
}

function* timed(results: Iterable<CaseResult>): Iterable<TimedResult> {
  let since = performance.now()
  for (const result of results) {
    const now = performance.now()
    yield { ...result, seconds: (now - since) / 1000 }
    since = now
  }
}

/** What `zvm statetest --workers` tells a worker. */
export interface StateTestTask {
  readonly file: string
  readonly selection: StateTestSelection
  readonly asRevme: boolean
}

/** Runs one file of state tests; the lines are for stderr, in order. */
export function runStateTests(task: StateTestTask): { lines: string[]; results: StateTestResult[] } {
  const lines: string[] = []
  const describe = task.asRevme ? revmeLine : stateRootLine
  const write = (line: string) => void lines.push(line)
  const results = [...runStateTestFile(task.file, task.selection, describe, write, () => undefined)]
  return { lines, results }
}
