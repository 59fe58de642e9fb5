import { setImmediate } from 'node:timers/promises'
import { forkByName } from '../../opcodes/forks.ts'
import { intrinsicGas } from '../../src/chain/intrinsic-gas.ts'
import type { Transaction } from '../../src/chain/transaction.ts'
import type { Rules } from '../../src/core/rules.ts'
import type { FuzzCase } from './case.ts'
import { divergence } from './divergence.ts'
import type { Fixture } from './fixture.ts'
import { makeCase } from './generate/case.ts'
import { knownFault } from './known.ts'
import { minimise, withTransaction } from './minimise.ts'
import { runOurs } from './ours.ts'
import { type Difference, differences, type Outcome } from './outcome.ts'
import { runPeer } from './peer.ts'
import { Random } from './random.ts'
import type { RunOptions } from './run-options.ts'

/** Lower gas limits each program runs at as well, at most. */
const TIGHTER_RUNS = 2
const PROGRAMS_BETWEEN_EVENTS = 16
/** The stream of gas limits lies apart from those of the programs. */
const GAS_STREAM = 2 ** 31

export type FuzzOptions = RunOptions<Fixture, FuzzReport>

/** A program on which the sides differ. Finds of one kind are minimised and kept once. */
export interface Find {
  readonly program: number
  readonly fork: string
  /** Where the sides part. */
  readonly at: string
  readonly differences: readonly Difference[]
  readonly fixture: string | null
}

export interface FuzzReport {
  readonly seed: number
  programs: number
  /** Transactions both sides ran, refused ones included. */
  transactions: number
  /** How they ended, by our word. */
  readonly statuses: Record<string, number>
  /** Instructions our side ran. */
  steps: number
  /** Programs that met a known fault of the peer, by its title. */
  readonly known: Record<string, number>
  readonly finds: Find[]
}

/** Runs random programs on both sides until programs or time are over, or too many finds are at hand. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const run = new Run(options)
  const { first, programs, seconds, findLimit, signal } = options
  const deadline = performance.now() + seconds * 1000
  for (let index = first; index < first + programs; index++) {
    if (signal?.aborted || performance.now() > deadline || run.kinds.size >= findLimit) break
    await run.program(index)
    // Neither side ever waits for anything: without this, no signal would be heard.
    if (index % PROGRAMS_BETWEEN_EVENTS === 0) await setImmediate()
  }
  return run.report
}

class Run {
  readonly report: FuzzReport
  /** Kinds of find so far. */
  readonly kinds = new Set<string>()
  readonly #options: FuzzOptions

  constructor(options: FuzzOptions) {
    this.#options = options
    const { seed } = options
    this.report = { seed, programs: 0, transactions: 0, statuses: {}, steps: 0, known: {}, finds: [] }
  }

  /** A program at several gas limits. */
  async program(index: number): Promise<void> {
    const { seed, fork, onProgram } = this.#options
    const differing = await this.#differing(makeCase(seed, index, fork), index)
    this.report.programs++
    if (differing) await this.#record(differing, index)
    onProgram?.(this.report)
  }

  /** The program at the first gas limit at which the sides differ, or null. */
  async #differing(fuzzCase: FuzzCase, index: number): Promise<FuzzCase | null> {
    const ours = await this.#compare(fuzzCase)
    if (!ours) return fuzzCase
    const random = new Random(this.#options.seed, GAS_STREAM + index)
    const at = random.below(fuzzCase.transactions.length)
    const { status, gasUsed } = ours.transactions[at]
    if (status === 'refused') return null
    const { tx } = fuzzCase.transactions[at]
    for (let runs = random.between(1, TIGHTER_RUNS); runs > 0; runs--) {
      const gasLimit = tighter(random, tx, gasUsed, forkByName(fuzzCase.fork).rules)
      const variant = withTransaction(fuzzCase, at, { gasLimit })
      if (!(await this.#compare(variant))) return variant
    }
    return null
  }

  /** Our outcome, or null if the peer's differs. */
  async #compare(fuzzCase: FuzzCase): Promise<Outcome | null> {
    const { report } = this
    const { ours, found } = await this.#both(fuzzCase)
    report.transactions += ours.transactions.length
    report.steps += ours.steps
    for (const { status } of ours.transactions) report.statuses[status] = (report.statuses[status] ?? 0) + 1
    return found.length === 0 ? ours : null
  }

  async #both(fuzzCase: FuzzCase) {
    const ours = runOurs(this.#options.tableOf(fuzzCase.fork), fuzzCase)
    const peer = await runPeer(fuzzCase)
    return { ours, peer, found: differences(ours, peer) }
  }

  async #record(fuzzCase: FuzzCase, program: number): Promise<void> {
    const { report, kinds } = this
    const { tableOf, keep, seed } = this.#options
    const { fork } = fuzzCase
    const known = knownFault(tableOf(fork), fuzzCase)
    if (known) {
      report.known[known.title] = (report.known[known.title] ?? 0) + 1
      return
    }
    const { after, text: at } = await divergence(tableOf(fork), fuzzCase)
    const { found } = await this.#both(fuzzCase)
    // The same instruction and the same field: most likely the same cause.
    const kind = `${after} ${found[0].at.replace(/\[.*?\]|0x[0-9a-f]+/g, '')}`
    const isNew = !kinds.has(kind)
    kinds.add(kind)
    const fixture = isNew ? keep(await this.#shrink(fuzzCase, `seed ${seed}, program ${program}`)) : null
    report.finds.push({ program, fork, at, differences: found, fixture })
  }

  async #shrink(fuzzCase: FuzzCase, found: string): Promise<Fixture> {
    const table = this.#options.tableOf(fuzzCase.fork)
    const small = await minimise(
      fuzzCase,
      async (smaller) => (await this.#both(smaller)).found.length > 0 && !knownFault(table, smaller),
    )
    const { ours, peer } = await this.#both(small)
    return { found, verdict: null, right: null, case: small, ours, peer }
  }
}

/** A lower limit, to run out of gas elsewhere: just short of what was used, half, or any. */
function tighter(random: Random, tx: Transaction, gasUsed: bigint, rules: Rules): bigint {
  switch (random.weighted({ short: 25, half: 15, any: 60 })) {
    case 'short':
      return gasUsed - 1n
    case 'half':
      return tx.gasLimit / 2n
    case 'any': {
      const needed = intrinsicGas(tx, rules)
      const least = needed < gasUsed && !random.oneIn(20) ? needed : 0n
      return least + (random.bits(64) * (gasUsed - least)) / 2n ** 64n
    }
  }
}
