import type { ConformReport, ReportedCase, SuiteRow } from './report.ts'

/** The report as JUnit XML: a test suite for every suite and fork, a test case for every case. */
export function toJUnit(report: ConformReport, cases: readonly ReportedCase[]): string {
  const bySuite = new Map<string, string[]>()
  for (const one of cases) {
    const name = nameOf(one)
    const elements = bySuite.get(name) ?? []
    bySuite.set(name, elements)
    elements.push(testCase(name, one))
  }
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites ${attributes(report)}>`]
  for (const row of report.suites) {
    const name = nameOf(row)
    lines.push(`  <testsuite name="${name}" ${attributes(row)} time="${row.seconds}">`)
    for (const element of bySuite.get(name) ?? []) lines.push(element)
    lines.push('  </testsuite>')
  }
  return [...lines, '</testsuites>', ''].join('\n')
}

function nameOf({ suite, fork }: Pick<SuiteRow, 'suite' | 'fork'>): string {
  return escapeXml(fork === null ? suite : `${suite} ${fork}`)
}

type Counts = Pick<SuiteRow, 'passed' | 'failed' | 'skipped' | 'outside'>

/** What a table under test lacks counts as skipped. */
function attributes({ passed, failed, skipped, outside }: Counts): string {
  const tests = passed + failed + skipped + outside
  return `tests="${tests}" failures="${failed}" errors="0" skipped="${skipped + outside}"`
}

function testCase(suite: string, { case: name, outcome, reason = '', seconds }: ReportedCase): string {
  const start = `    <testcase classname="${suite}" name="${escapeXml(name)}" time="${seconds.toFixed(6)}"`
  if (outcome === 'passed') return `${start}/>`
  const element = outcome === 'failed' ? 'failure' : 'skipped'
  return `${start}><${element} message="${escapeXml(reason)}"/></testcase>`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** What XML cannot hold at all, however it is written, becomes a question mark; so do ends of lines. */
function escapeXml(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '?').replace(/[&<>"]/g, (char) => ENTITIES[char])
}
