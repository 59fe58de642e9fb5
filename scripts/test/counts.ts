/** Reads the reports of the test programs. A report that is not what it should be is an error, never zero failures. */

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** A report and the exit code that came with it. `lines` are for people. */
export interface Outcome extends Counts {
  readonly lines: string[]
}

/** Rows of suites are long; a person reads the first failures and looks up the rest in the report. */
const SHOWN_FAILURES = 20

/** The counts of vitest's JSON report. A file that cannot be loaded counts as one failed test. */
export function readVitest(report: string, code: number): Outcome {
  const data = parse('vitest', report)
  const passed = count(data, 'numPassedTests', 'vitest')
  const skipped = count(data, 'numPendingTests', 'vitest') + count(data, 'numTodoTests', 'vitest')
  const unloaded = list(data, 'testResults', 'vitest').filter(
    (file) =>
      file.status === 'failed' &&
      list(file, 'assertionResults', 'vitest').every((test) => test.status !== 'failed'),
  )
  const failed = count(data, 'numFailedTests', 'vitest') + unloaded.length
  return settle('vitest', code, { passed, failed, skipped, lines: [] })
}

/** The counts and a table of the report of `zvm conform --json`; a case outside the table is a failure here. */
export function readConform(report: string, code: number): Outcome {
  const data = parse('conform', report)
  const suites = new Map<string, Counts & { seconds: number }>()
  for (const row of list(data, 'suites', 'conform')) {
    const sum = suites.get(String(row.suite)) ?? { passed: 0, failed: 0, skipped: 0, seconds: 0 }
    sum.passed += count(row, 'passed', 'conform')
    sum.failed += count(row, 'failed', 'conform') + count(row, 'outside', 'conform')
    sum.skipped += count(row, 'skipped', 'conform')
    sum.seconds += count(row, 'seconds', 'conform')
    suites.set(String(row.suite), sum)
  }
  const rows = [...suites].map(([suite, sum]) => [
    suite,
    sum.passed,
    sum.failed,
    sum.skipped,
    sum.seconds.toFixed(1),
  ])
  const lines = table([['suite', 'passed', 'failed', 'skipped', 'seconds'], ...rows])
  const failures = list(data, 'failures', 'conform')
  for (const { suite, case: name, fork, reason } of failures.slice(0, SHOWN_FAILURES))
    lines.push(`FAILED ${suite}: ${name} (${fork}): ${reason}`)
  if (failures.length > SHOWN_FAILURES) lines.push(`… and ${failures.length - SHOWN_FAILURES} more`)
  const failed = count(data, 'failed', 'conform') + count(data, 'outside', 'conform')
  const outcome = {
    passed: count(data, 'passed', 'conform'),
    failed,
    skipped: count(data, 'skipped', 'conform'),
    lines,
  }
  if (outcome.passed + outcome.failed === 0)
    return fail(outcome, 'conform: the suites are there, but no case ran')
  return settle('conform', code, outcome)
}

/** The outcome of the fuzz run: every program on which both engines agreed has passed. */
export function readFuzz(report: string, code: number): Outcome {
  const data = parse('fuzz', report)
  const programs = count(data, 'programs', 'fuzz')
  const finds = list(data, 'finds', 'fuzz')
  const outcome = { passed: programs - finds.length, failed: finds.length, skipped: 0, lines: [] }
  if (programs === 0) return fail(outcome, 'fuzz: no program ran')
  return settle('fuzz', code, outcome)
}

/** A program that could not even report: one failure. */
export function fail(outcome: Outcome, line: string): Outcome {
  return { ...outcome, failed: outcome.failed + 1, lines: [...outcome.lines, line] }
}

/** A program that reports no failure but does not end with 0 has failed outside its tests. */
function settle(program: string, code: number, outcome: Outcome): Outcome {
  if (code === 0 || outcome.failed > 0) return outcome
  return fail(outcome, `${program}: no test failed, but it ended with exit code ${code}`)
}

type Json = Record<string, unknown>

function parse(program: string, report: string): Json {
  try {
    return JSON.parse(report) as Json
  } catch {
    throw new Error(
      `${program}: gave no JSON report${report.trim() === '' ? '' : `, but ${report.slice(0, 200)}`}`,
    )
  }
}

function count(data: Json, key: string, program: string): number {
  const value = data[key]
  if (typeof value !== 'number' || !(value >= 0))
    throw new Error(`${program}: its report has no count ${key}`)
  return value
}

function list(data: Json, key: string, program: string): Json[] {
  const value = data[key]
  if (!Array.isArray(value)) throw new Error(`${program}: its report has no list ${key}`)
  return value as Json[]
}

/** Columns as wide as they need, numbers to the right. */
function table(rows: readonly (readonly (string | number)[])[]): string[] {
  const cells = rows.map((row) => row.map(String))
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? []
  return cells.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  '),
  )
}
