import type { OpcodeCount } from './coverage.ts'
import type { CaseResult } from './result.ts'

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
}

/** Adds up the reports of files as they come in, in any order; what it gives does not depend on that order. */
export class ReportBuilder {
  readonly #tier: string
  readonly #rows = new Map<string, SuiteRow>()
  readonly #opcodes = new Map<string, OpcodeCount>()
  readonly #failures: Failure[] = []

  constructor(tier: string) {
    this.#tier = tier
  }

  add(suite: string, label: string, report: FileReport): void {
    for (const result of report.results) {
      const row = this.#row(suite, result.fork)
      row[result.outcome]++
      row.seconds += result.seconds
      if (result.outcome === 'failed')
        this.#failures.push({
          suite,
          case: `${label}: ${result.case}`,
          fork: result.fork,
          reason: result.reason ?? '',
        })
    }
    for (const { name, cases, passed } of report.opcodes) {
      const sum = this.#opcodes.get(name) ?? { name, cases: 0, passed: 0 }
      sum.cases += cases
      sum.passed += passed
      this.#opcodes.set(name, sum)
    }
  }

  /** `forkOrder` gives a fork its place in the history. */
  build(forkOrder: (fork: string) => number): ConformReport {
    const order = (row: { suite: string; fork: string | null }) =>
      row.fork === null ? -1 : forkOrder(row.fork)
    const compare = <T extends { suite: string; fork: string | null }>(a: T, b: T) =>
      a.suite < b.suite ? -1 : a.suite > b.suite ? 1 : order(a) - order(b)
    const suites = [...this.#rows.values()].sort(compare)
    for (const row of suites) row.seconds = Math.round(row.seconds * 1000) / 1000
    const sum = (field: CaseResult['outcome']) => suites.reduce((total, row) => total + row[field], 0)
    return {
      suites,
      ...(this.#opcodes.size > 0 ? { opcodes: [...this.#opcodes.values()] } : {}),
      failures: this.#failures.sort((a, b) => compare(a, b) || (a.case < b.case ? -1 : 1)),
      passed: sum('passed'),
      failed: sum('failed'),
      skipped: sum('skipped'),
      outside: sum('outside'),
    }
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

/** The report as JUnit XML: a test suite for every suite and fork, a test case only for what did not pass. */
export function toJUnit(report: ConformReport): string {
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>']
  const total = report.passed + report.failed + report.skipped + report.outside
  lines.push(
    `<testsuites tests="${total}" failures="${report.failed}" skipped="${report.skipped + report.outside}">`,
  )
  for (const row of report.suites) {
    const tests = row.passed + row.failed + row.skipped + row.outside
    const name = escapeXml(row.fork === null ? row.suite : `${row.suite} ${row.fork}`)
    const skipped = row.skipped + row.outside
    lines.push(
      `  <testsuite name="${name}" tests="${tests}" failures="${row.failed}" skipped="${skipped}" time="${row.seconds}">`,
    )
    for (const failure of report.failures)
      if (failure.suite === row.suite && failure.fork === row.fork)
        lines.push(
          `    <testcase classname="${name}" name="${escapeXml(failure.case)}">`,
          `      <failure message="${escapeXml(failure.reason)}"/>`,
          '    </testcase>',
        )
    lines.push('  </testsuite>')
  }
  lines.push('</testsuites>', '')
  return lines.join('\n')
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Control characters but for tab and line ends cannot stand in XML at all. */
function escapeXml(text: string): string {
  let escaped = ''
  for (const char of text) escaped += ENTITIES[char] ?? (char < ' ' && !'\t\n\r'.includes(char) ? '?' : char)
  return escaped
}
