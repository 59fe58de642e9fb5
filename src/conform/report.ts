import { FORKS } from '../../opcodes/forks.ts'
import type { LoweredSteps } from '../wasm/step-tally.ts'
import type { CaseResult } from './case.ts'
import type { OpcodeCount } from './coverage.ts'
import { findFork } from './fixture.ts'
import { describeLowered, type LoweredReport, sumLowered } from './lowered.ts'

/** Why what takes long is not run. */
export const SLOW = 'takes long; run with --slow'

/** Counts of one suite under one fork. */
export interface SuiteRow {
  readonly suite: string
  readonly fork: string | null
  readonly tier: string
  passed: number
  failed: number
  skipped: number
  outside: number
  /** Time the cases took, summed over workers. */
  seconds: number
}

export interface Failure {
  readonly suite: string
  /** File and name within it. */
  readonly case: string
  readonly fork: string | null
  readonly reason: string
}

/** What `zvm conform --json` prints. */
export interface ConformReport {
  readonly suites: readonly SuiteRow[]
  /** With a table under test: how many cases exercise each of its opcodes, and how many of those pass. */
  readonly opcodes?: readonly OpcodeCount[]
  /** Where generated code ran any: how much of all steps in all generated tiers. */
  readonly lowered?: LoweredReport
  readonly failures: readonly Failure[]
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly outside: number
}

/** A result with the time it took. */
export interface TimedResult extends CaseResult {
  readonly seconds: number
}

/** Results of one file as they come back from a worker. */
export interface FileReport {
  readonly results: readonly TimedResult[]
  readonly opcodes: readonly OpcodeCount[]
  readonly lowered?: LoweredSteps
}

/** A result with its suite; its name begins with that of its file. */
export interface ReportedCase extends TimedResult {
  readonly suite: string
}

/** The order of reports: by suite, then by the age of the fork. */
type Place = Pick<SuiteRow, 'suite' | 'fork'>

/** Adds up the reports of files as they come in, in any order; what it gives does not depend on that order. */
export class ReportBuilder {
  readonly #tier: string
  readonly #rows = new Map<string, SuiteRow>()
  readonly #opcodes = new Map<string, OpcodeCount>()
  readonly #cases: ReportedCase[] = []
  #lowered = sumLowered([])

  constructor(tier: string) {
    this.#tier = tier
  }

  add(suite: string, label: string, report: FileReport): void {
    for (const result of report.results) {
      const row = this.#row(suite, result.fork)
      row[result.outcome]++
      row.seconds += result.seconds
      const name = result.case === '' ? label : `${label}: ${result.case}`
      this.#cases.push({ ...result, case: name, suite })
    }
    for (const { name, cases, passed } of report.opcodes) {
      const sum = this.#opcodes.get(name) ?? { name, cases: 0, passed: 0 }
      sum.cases += cases
      sum.passed += passed
      this.#opcodes.set(name, sum)
    }
    if (report.lowered) this.#lowered = sumLowered([this.#lowered, report.lowered])
  }

  /** Every case that was reported. */
  get cases(): readonly ReportedCase[] {
    return this.#cases.sort((a, b) => this.#compare(a, b) || (a.case < b.case ? -1 : a.case > b.case ? 1 : 0))
  }

  build(): ConformReport {
    const suites = [...this.#rows.values()]
      .sort((a, b) => this.#compare(a, b))
      .map((row) => ({ ...row, seconds: Math.round(row.seconds * 1000) / 1000 }))
    const forks = [...new Set(suites.flatMap(({ fork }) => fork ?? []))]
    const sum = (field: CaseResult['outcome']) => suites.reduce((total, row) => total + row[field], 0)
    return {
      suites,
      ...(this.#opcodes.size > 0 ? { opcodes: [...this.#opcodes.values()] } : {}),
      ...(this.#lowered.steps > 0 ? { lowered: describeLowered(this.#lowered, forks) } : {}),
      failures: this.cases
        .filter(({ outcome }) => outcome === 'failed')
        .map(({ suite, case: name, fork, reason = '' }) => ({ suite, case: name, fork, reason })),
      passed: sum('passed'),
      failed: sum('failed'),
      skipped: sum('skipped'),
      outside: sum('outside'),
    }
  }

  #compare(a: Place, b: Place): number {
    if (a.suite !== b.suite) return a.suite < b.suite ? -1 : 1
    if (a.fork === b.fork) return 0
    const [left, right] = [a.fork ?? '', b.fork ?? '']
    return forkAge(a.fork) - forkAge(b.fork) || (left < right ? -1 : 1)
  }

  #row(suite: string, fork: string | null): SuiteRow {
    const key = `${suite}\n${fork}`
    let row = this.#rows.get(key)
    if (!row) {
      row = { suite, fork, tier: this.#tier, passed: 0, failed: 0, skipped: 0, outside: 0, seconds: 0 }
      this.#rows.set(key, row)
    }
    return row
  }
}

/** The place of a fork in the history; those we do not know come last. */
function forkAge(name: string | null): number {
  if (name === null) return -1
  const fork = findFork(name)
  return fork && FORKS.includes(fork) ? FORKS.indexOf(fork) : FORKS.length
}
