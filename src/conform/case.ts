import { EMPTY_TABLE } from '../../opcodes/empty-table.ts'
import type { Crypto } from '../core/crypto.ts'
import { bugLine, ZvmError } from '../core/errors.ts'
import { entriesOf } from '../core/members.ts'
import type { Table } from '../core/table.ts'
import { type SuiteChoice, type SuiteTier, suiteTiersOf } from './suite-tier.ts'

/** One case of a file of a suite, not yet run. To list cases is cheap; what is wrong with one shows when it runs. */
export interface SuiteCase {
  /** Name within its file; of a state test with the index, `add[3]`. */
  readonly name: string
  /** The fork that the suite names; null where it knows none. */
  readonly fork: string | null
  /** The fork whose table it runs on; null where no table matters. */
  readonly tableFork: string | null
  /** Why it is not run; absent where it is. */
  readonly skipped?: string
  /** It stands for what could not be read: whatever cases are asked for, it must not go unseen. */
  readonly isBroken?: boolean
  /**
   * What is wrong, in words; null when the case passes. What executes code does so in each of the tiers. Throws VALUE
   * where the case has not the form of its suite.
   */
  check(table: Table, crypto: Crypto, tiers: readonly SuiteTier[]): string | null
}

/** How one case ended. */
export interface CaseResult {
  /** Name within its file; empty for the file as a whole, where its cases cannot be told. */
  readonly case: string
  /** The fork that the suite names; null where it knows none. */
  readonly fork: string | null
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'outside'
  /** Why, unless it passed. */
  readonly reason?: string
}

/** The table of a fork by the suites' name, or null to skip its cases. */
export type TableOf = (fork: string) => Table | null

/** Runs one case. Whatever goes wrong is the failure of this case alone: the others must not be lost. */
export function runCase(
  suiteCase: SuiteCase,
  tableOf: TableOf,
  crypto: Crypto,
  choice: SuiteChoice = 'reference',
): CaseResult {
  const { name, fork, tableFork, skipped } = suiteCase
  if (skipped !== undefined) return { case: name, fork, outcome: 'skipped', reason: skipped }
  const table = tableFork === null ? EMPTY_TABLE : tableOf(tableFork)
  if (!table) return { case: name, fork, outcome: 'skipped', reason: `no fork ${tableFork}` }
  const reason = failureOf(() => suiteCase.check(table, crypto, suiteTiersOf(choice)))
  return reason === null
    ? { case: name, fork, outcome: 'passed' }
    : { case: name, fork, outcome: 'failed', reason }
}

/** Runs cases one after the other. */
export function* runCases(
  cases: Iterable<SuiteCase>,
  tableOf: TableOf,
  crypto: Crypto,
  choice: SuiteChoice = 'reference',
): Iterable<CaseResult> {
  for (const suiteCase of cases) yield runCase(suiteCase, tableOf, crypto, choice)
}

/** The result of a check, or in words what it threw. */
function failureOf(check: () => string | null): string | null {
  try {
    return check()
  } catch (error) {
    return error instanceof ZvmError ? error.message : `crashed: ${bugLine(error)}`
  }
}

/** A case without a fork for every member of a file; `check` reads and judges one. */
export function memberCases(
  file: unknown,
  place: string,
  check: (value: unknown, place: string, ...context: Parameters<SuiteCase['check']>) => string | null,
): SuiteCase[] {
  return entriesOf(file, place).map(([name, value]) => ({
    name,
    fork: null,
    tableFork: null,
    check: (...context) => check(value, `${place}: ${name}`, ...context),
  }))
}

/** The cases that `list` gives; where it throws VALUE, one that fails with it. */
export function orBroken(name: string, list: () => SuiteCase[]): SuiteCase[] {
  try {
    return list()
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    const check = () => {
      throw error
    }
    return [{ name, fork: null, tableFork: null, isBroken: true, check }]
  }
}
