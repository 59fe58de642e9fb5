import { existsSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { Tinypool } from 'tinypool'
import { FORKS, forkByName } from '../../opcodes/forks.ts'
import { ZvmError } from '../core/errors.ts'
import type { TierChoice } from '../wasm/tiers.ts'
import { asArray, asObject } from './fixture.ts'
import { type ConformReport, type FileReport, ReportBuilder } from './report.ts'
import { readJsonFile } from './run-file.ts'
import { findSuites, type SuiteFile } from './suite.ts'
import type { FileTask } from './worker.ts'

export interface ConformRequest {
  /** Files and folders; each folder is searched for suites. */
  readonly paths: readonly string[]
  readonly fork: string | null
  readonly run: string | null
  readonly table: string | null
  readonly tier: TierChoice
  /** Threads; as many as cores where null. */
  readonly workers: number | null
  /** Also the files that take over a minute each. */
  readonly isSlow: boolean
  /** The module that runs a task: `worker.ts`, bundled. */
  readonly workerUrl: string
  progress?(done: number, total: number, failed: number): void
}

/** Files whose every case takes minutes in any engine: 2^32−1 rounds of BLAKE2F. Run with `--slow`. */
const SLOW = /CALLBlake2f_MaxRounds/

/** Files that take seconds: begun first, so that no worker ends long after the others. */
const HEAVY = /stTimeConsuming|vmPerformance|Call50000|stRandom\/randomStatetest36|pairing|msm/i

/** A case that a public suite gets wrong, with the upstream thread that says so. */
interface KnownFailure {
  readonly case: string
  readonly fork: string | null
  readonly reason: string
}

/** Runs suites on all cores and adds up what came of them. Throws IO where a path cannot be read. */
export async function conform(request: ConformRequest): Promise<ConformReport> {
  const jobs = request.paths.flatMap((path) =>
    findSuites(path).flatMap(({ name, files }) =>
      files.map((file) => ({ suite: name, file, known: knownFailures(path) })),
    ),
  )
  const weight = (file: SuiteFile) => (HEAVY.test(file.path) ? 0 : 1)
  jobs.sort((a, b) => weight(a.file) - weight(b.file))
  const builder = new ReportBuilder(request.tier)
  const pool = new Tinypool({
    filename: request.workerUrl,
    name: 'runTask',
    minThreads: 1,
    maxThreads: request.workers ?? availableParallelism(),
    concurrentTasksPerWorker: 1,
  })
  let done = 0
  let failed = 0
  const { fork, run, table, tier } = request
  await Promise.all(
    jobs.map(async ({ suite, file, known }) => {
      const isLeftOut = !request.isSlow && SLOW.test(file.path)
      const task: FileTask = { file, fork, run, table, tier }
      const report = isLeftOut ? leftOut(file) : forgive((await pool.run(task)) as FileReport, file, known)
      builder.add(suite, file.label, report)
      failed += report.results.filter((result) => result.outcome === 'failed').length
      request.progress?.(++done, jobs.length, failed)
    }),
  )
  await pool.destroy()
  return builder.build(forkOrder)
}

function forkOrder(name: string): number {
  try {
    return FORKS.indexOf(forkByName(name))
  } catch (error) {
    if (error instanceof ZvmError) return FORKS.length
    throw error
  }
}

function leftOut(file: SuiteFile): FileReport {
  const reason = 'takes over a minute a case; run with --slow'
  return { results: [{ case: file.label, fork: null, outcome: 'skipped', reason, seconds: 0 }], opcodes: [] }
}

/** `known-failures.json` in the folder of the suites, or in one above it. */
function knownFailures(path: string): readonly KnownFailure[] {
  const from = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path)
  for (const folder of [from, dirname(from), dirname(dirname(from))]) {
    const file = join(folder, 'known-failures.json')
    if (existsSync(file))
      return asArray(readJsonFile(file), file).map((entry, i) => {
        const known = asObject(entry, `${file}[${i}]`)
        return {
          case: String(known.case),
          fork: known.fork === null ? null : String(known.fork),
          reason: String(known.reason),
        }
      })
  }
  return []
}

/** A known failure is reported as skipped with its reason; one that passes now is a failure, so that the list stays true. */
function forgive(report: FileReport, file: SuiteFile, known: readonly KnownFailure[]): FileReport {
  if (known.length === 0) return report
  const results = report.results.map((result) => {
    const entry = known.find(
      ({ case: name, fork }) => `${file.label}: ${result.case}`.endsWith(name) && fork === result.fork,
    )
    if (!entry) return result
    if (result.outcome === 'failed') return { ...result, outcome: 'skipped' as const, reason: entry.reason }
    return { ...result, outcome: 'failed' as const, reason: 'listed in known-failures.json, but passes' }
  })
  return { ...report, results }
}
