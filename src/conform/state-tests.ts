import type { Crypto } from '../core/crypto.ts'
import { ZvmError } from '../core/errors.ts'
import { haltName } from '../core/halt.ts'
import { bytesToHex } from '../core/hex.ts'
import { entriesOf } from '../core/members.ts'
import type { Table } from '../core/table.ts'
import type { Tracer } from '../core/tracer.ts'
import type { StateSource } from '../state/source.ts'
import { type CaseResult, runCases, type SuiteCase, type TableOf } from './case.ts'
import { asArray, asObject } from './fixture.ts'
import {
  prepare,
  readPost,
  runStateCase,
  runStateCaseAsync,
  type StateOutcome,
  type StateTest,
} from './state-execution.ts'
import type { SuiteChoice, SuiteTier } from './suite-tier.ts'

/** One transaction of one test under one fork: the unit that passes or fails. */
export interface StateCase {
  /** The test's name and the index of the case within its fork. */
  readonly name: string
  /** Empty where the forks of the test cannot be read; such a case throws when it is run. */
  readonly fork: string
  readonly index: number
  /**
   * Runs it under this table, in the reference tier unless another is named. Throws VALUE where the test has not the
   * form it should have.
   */
  run(table: Table, crypto: Crypto, tracer?: Tracer, tier?: SuiteTier): StateOutcome
  /** The same on a source that loads on demand, made of the one that holds the state before. */
  runAsync(
    table: Table,
    crypto: Crypto,
    over: (pre: StateSource) => StateSource,
    tracer?: Tracer,
  ): Promise<StateOutcome>
}

/**
 * Every case of a state test file (all formats from 2017 on), in the order of the file. Throws VALUE when the file is
 * not an object; a test of another form is one case that throws when it is run, so that the others are not lost.
 */
export function stateCases(file: unknown, place: string): StateCase[] {
  return entriesOf(file, place).flatMap(([name, value]) => casesOfTest(name, value, `${place}: ${name}`))
}

function casesOfTest(name: string, value: unknown, place: string): StateCase[] {
  return orBroken(name, '', () => {
    const test: StateTest = { fields: asObject(value, place), place }
    return entriesOf(test.fields.post, `${place}.post`).flatMap(([fork, posts]) =>
      orBroken(name, fork, () =>
        asArray(posts, `${place}.post.${fork}`).map((post, index) => {
          const prepared = (table: Table) => prepare(test, readPost(post, test, fork, index), table)
          return {
            name,
            fork,
            index,
            run: (table, crypto, tracer, tier) => runStateCase(prepared(table), crypto, tracer, tier),
            runAsync: async (table, crypto, over, tracer) =>
              runStateCaseAsync(prepared(table), crypto, over, tracer),
          }
        }),
      ),
    )
  })
}

/** The cases, or one that throws what listing them threw. */
function orBroken(name: string, fork: string, list: () => StateCase[]): StateCase[] {
  try {
    return list()
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    const run = () => {
      throw error
    }
    return [{ name, fork, index: 0, run, runAsync: async () => run() }]
  }
}

/** The cases as a suite has them: each passes where every tier finds what is expected, and all agree. */
export function stateSuiteCases(file: unknown, place: string): SuiteCase[] {
  return stateCases(file, place).map((test) => ({
    name: `${test.name}[${test.index}]`,
    fork: test.fork === '' ? null : test.fork,
    tableFork: test.fork === '' ? null : test.fork,
    isBroken: test.fork === '',
    check: (table, crypto, tiers) => failureIn(test, table, crypto, tiers),
  }))
}

function failureIn(
  test: StateCase,
  table: Table,
  crypto: Crypto,
  tiers: readonly SuiteTier[],
): string | null {
  const outcomes = tiers.map((tier) => test.run(table, crypto, undefined, tier))
  if (outcomes.length === 1) return outcomes[0].failure
  const [judge, ...others] = outcomes.map(summary)
  const differing = others.findIndex((other) => other !== judge)
  if (differing >= 0)
    return `tier ${tiers[differing + 1]} differs: ${others[differing]}, ${tiers[0]} gives ${judge}`
  return outcomes[0].failure
}

/** All that tiers must agree in, as text. */
function summary({ stateRoot, logsHash: logs, result }: StateOutcome): string {
  if (!('status' in result)) return `refused: ${result.message}`
  const { status, halt, gasUsed, gasRefunded, steps, output } = result
  return `${status} ${haltName(halt)} gas ${gasUsed} refund ${gasRefunded} steps ${steps} output ${bytesToHex(output)} logs ${logs} root ${stateRoot}`
}

/** Runs every case of a file whose fork `tableOf` knows; the others are skipped. */
export function runStateTests(
  file: unknown,
  place: string,
  tableOf: TableOf,
  crypto: Crypto,
  choice: SuiteChoice,
): Iterable<CaseResult> {
  return runCases(stateSuiteCases(file, place), tableOf, crypto, choice)
}
