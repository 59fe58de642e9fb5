import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'
import type { Tinypool } from 'tinypool'
import { bugLine, ZvmError } from '../core/errors.ts'
import { arrayOf, Members } from '../core/members.ts'
import { readJsonFile } from '../host/read-file.ts'
import { type Answer, unwrap } from './answer.ts'
import { readText } from './fixture.ts'
import { type ConformReport, type FileReport, ReportBuilder, type ReportedCase, SLOW } from './report.ts'
import { findSuites, type SuiteFile } from './suite.ts'
import type { SuiteChoice } from './suite-tier.ts'
import type { FilesTask } from './worker.ts'

export interface ConformRequest {
  /** Files and folders; each folder is searched for suites. */
  readonly paths: readonly string[]
  readonly fork: string | null
  readonly run: string | null
  readonly table: string | null
  readonly tier: SuiteChoice
  /** Threads; as many as cores where null. */
  readonly workers: number | null
  /** Also what takes long: see `SLOW_FILE`, and the worker's `SLOW_CASE`. */
  readonly isSlow: boolean
  /** The module that runs a task: `worker.ts`, bundled. */
  readonly workerUrl: string
  progress?(done: number, total: number, failed: number): void
}

/** Files whose every case takes minutes in any engine: 2^32−1 rounds of BLAKE2F. Run with `--slow`. */
const SLOW_FILE = /CALLBlake2f_MaxRounds/

/** Files that take seconds: begun first, so that no worker ends long after the others. */
const HEAVY = /stTimeConsuming|vmPerformance|Call50000|stRandom\/randomStatetest36|pairing|msm/i

/** A case that does not pass, with the reason: a limit of ours, or the upstream thread that says the file is wrong. */
interface KnownFailure {
  /** The path of the file, or its end from a folder on, and the name of the case: `stCall/a.json: add[3]`. */
  readonly case: string
  readonly fork: string | null
  readonly reason: string
}

/** A report, and every case in it for those who list them all. */
export interface ConformOutcome {
  readonly report: ConformReport
  readonly cases: readonly ReportedCase[]
  /** Files that were looked at. */
  readonly files: number
}

/**
 * Runs suites on all cores and adds up what came of them. Throws IO where a path cannot be read, and USAGE where the
 * pattern takes forever.
 */
export async function conform(request: ConformRequest): Promise<ConformOutcome> {
  const jobs = [...new Set(request.paths.map((path) => resolve(path)))].flatMap(jobsBelow)
  const batches = batchesOf(jobs)
  const builder = new ReportBuilder(request.tier)
  const { Tinypool } = await import('tinypool')
  const threads = Math.max(1, Math.min(request.workers ?? availableParallelism(), batches.length))
  const open = (maxThreads: number) => {
    const pool = new Tinypool({ filename: request.workerUrl, name: 'runTask', minThreads: 1, maxThreads })
    // Told when a thread that died answers after all; what it was running has failed already.
    return pool.on('error', () => {})
  }
  const shared = open(threads)
  const end = new AbortController()
  const runners = { shared: runnerOf(shared), alone: inTurn(() => open(1), end.signal) }
  let done = 0
  let failed = 0
  const work = async (batch: readonly Job[]) => {
    for (const [i, found] of (await runBatch(runners, batch, request)).entries()) {
      const report = forgive(found, batch[i])
      builder.add(batch[i].suite, batch[i].file.label, report)
      failed += report.results.filter(({ outcome }) => outcome === 'failed').length
    }
    done += batch.length
    request.progress?.(done, jobs.length, failed)
  }
  try {
    await Promise.all(batches.map(work))
  } finally {
    // What the other threads were at fails too, which is no reason to run it again.
    end.abort()
    await shared.destroy()
  }
  return { report: builder.build(), cases: builder.cases, files: jobs.length }
}

interface Job {
  readonly suite: string
  readonly file: SuiteFile
  readonly known: readonly KnownFailure[]
}

function jobsBelow(path: string): Job[] {
  const known = knownFailures(path)
  return findSuites(path).flatMap(({ name, files }) => files.map((file) => ({ suite: name, file, known })))
}

/** Files that a worker is sent at a time: to wake it costs as much as to run a small one. */
const BATCH = 16

/** Heavy files first and each alone, so that all workers end at about the same time. */
function batchesOf(jobs: readonly Job[]): Job[][] {
  const isAlone = ({ file }: Job) => HEAVY.test(file.path) || SLOW_FILE.test(file.path)
  const light = jobs.filter((job) => !isAlone(job))
  const batches = jobs.filter(isAlone).map((job) => [job])
  for (let at = 0; at < light.length; at += BATCH) batches.push(light.slice(at, at + BATCH))
  return batches
}

/** Runs a task in some thread. Rejects where the thread dies of it, or was dying when it was sent. */
type Runner = (task: FilesTask) => Promise<FileReport[]>

function runnerOf(pool: Tinypool): Runner {
  return async (task) => unwrap((await pool.run(task)) as Answer<FileReport[]>)
}

/** One task at a time, each in a thread of its own, which nothing but its own files can end; none begins after `end`. */
function inTurn(open: () => Tinypool, end: AbortSignal): Runner {
  let previous: Promise<unknown> = Promise.resolve()
  const runAlone = async (task: FilesTask) => {
    end.throwIfAborted()
    const pool = open()
    try {
      return await runnerOf(pool)(task)
    } finally {
      await pool.destroy()
    }
  }
  return (task) => {
    const next = previous.then(() => runAlone(task))
    previous = next.catch(() => {})
    return next
  }
}

/** The reports of the files, in their order. */
async function runBatch(
  runners: { readonly shared: Runner; readonly alone: Runner },
  batch: readonly Job[],
  request: ConformRequest,
): Promise<FileReport[]> {
  const { fork, run, table, tier, isSlow } = request
  const files = batch.map(({ file }) => file)
  if (!isSlow && SLOW_FILE.test(files[0].path)) return [wholeFile('skipped', SLOW)]
  const taskOf = (some: readonly SuiteFile[]): FilesTask => ({ files: some, fork, run, table, tier, isSlow })
  try {
    return await runners.shared(taskOf(files))
  } catch (error) {
    if (error instanceof ZvmError) throw error
    // The thread died, of too little memory for example: that is the failure of one file alone, which need not even be
    // of this batch, since a thread may yet be dying of the one before.
    const alone = async (file: SuiteFile) => {
      try {
        return (await runners.alone(taskOf([file])))[0]
      } catch (why) {
        if (why instanceof ZvmError) throw why
        return wholeFile('failed', `crashed: ${bugLine(why)}`)
      }
    }
    return Promise.all(files.map(alone))
  }
}

function wholeFile(outcome: 'skipped' | 'failed', reason: string): FileReport {
  return { results: [{ case: '', fork: null, outcome, reason, seconds: 0 }], opcodes: [] }
}

const KNOWN_FAILURES = 'known-failures.json'

/** The nearest `known-failures.json`, in the folder of the suites or in one above it. Throws VALUE on another form. */
function knownFailures(path: string): readonly KnownFailure[] {
  for (let folder = path; ; folder = dirname(folder)) {
    const file = join(folder, KNOWN_FAILURES)
    if (existsSync(file)) return arrayOf(readKnownFailure)(readJsonFile(file), file)
    if (folder === dirname(folder)) return []
  }
}

function readKnownFailure(value: unknown, place: string): KnownFailure {
  const members = new Members(value, place)
  const known = {
    case: members.required('case', readText),
    fork: members.required('fork', (fork, at) => (fork === null ? null : readText(fork, at))),
    reason: members.required('reason', readText),
  }
  members.done()
  return known
}

/** A known failure is reported as skipped with its reason; one that passes now is a failure, so that the list stays true. */
function forgive(report: FileReport, { file, known }: Job): FileReport {
  if (known.length === 0) return report
  const results = report.results.map((result) => {
    const name = `${file.path.split(sep).join('/')}: ${result.case}`
    const entry = known.find((one) => name.endsWith(`/${one.case}`) && one.fork === result.fork)
    if (!entry || result.outcome === 'skipped') return result
    if (result.outcome === 'failed') return { ...result, outcome: 'skipped' as const, reason: entry.reason }
    return {
      ...result,
      outcome: 'failed' as const,
      reason: `listed in ${KNOWN_FAILURES}, but ${result.outcome}`,
    }
  })
  return { ...report, results }
}
