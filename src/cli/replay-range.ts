import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { readHash } from '../replay/bundle-values.ts'
import { type BlockReport, Journal } from '../replay/journal.ts'
import type { StateAt } from '../replay/rpc/state-cache.ts'
import { fromOption, optionalPath, wholeNumber } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import type { Arguments } from './main.ts'
import { chainOf } from './node-options.ts'
import { counted, Progress, print, printJson } from './output.ts'
import type { RangeJob } from './replay-worker.ts'

/** Blocks from the first to the last, both included. */
interface BlockRange {
  readonly first: bigint
  readonly last: bigint
}

/** Blocks that a worker has in hand at once: while it waits for the node about one, it runs another. */
const AT_ONCE = 4

/** Blocks of one command at the most. */
const MOST_BLOCKS = 10_000_000n

const WORKER = fileURLToPath(new URL('./replay-worker.js', import.meta.url))

/** Replays a range of blocks on all cores. Interrupted and started again with the same journal, it goes on. */
export async function replayRange(args: Arguments, { first, last }: BlockRange): Promise<number> {
  if (last < first || last - first >= MOST_BLOCKS)
    throw new ZvmError(ERROR_CODES.usage, `replay: ${first}..${last} is no range of blocks`)
  const trusted = args.verify === undefined ? null : fromOption(() => readHash(args.verify, '--verify'))
  const path = optionalPath(args.journal, '--journal')
  const journal = path === null ? null : Journal.open(path, await scopeOf(args))
  const totals = new Totals(first, last, journal?.agreed ?? new Set())
  const folder = optionalPath(args.failures, '--failures') ?? 'replay-failures'
  const workers = wholeNumber(args.workers ?? availableParallelism(), '--workers', 1, 256)
  const stops = new EarlyStop()
  const { Tinypool } = await import('tinypool')
  const pool = new Tinypool({
    filename: WORKER,
    name: 'replayOne',
    minThreads: 1,
    maxThreads: workers,
    concurrentTasksPerWorker: AT_ONCE,
  })
  try {
    const next =
      trusted === null ? totals.left() : provenBlocks(args, { hash: trusted, number: last }, totals)
    const worker = async () => {
      for await (const { number, verify } of next) {
        const bundle = join(folder, `block-${number}.json`)
        const job: RangeJob = { number, verify, args: { ...args }, bundle }
        const report = (await pool.run(job)) as BlockReport
        stops.add(report)
        journal?.add(report)
        totals.add(report)
      }
    }
    await Promise.all(Array.from({ length: workers * AT_ONCE }, worker))
  } finally {
    totals.progress.clear()
    await pool.destroy()
  }
  totals.failing.sort((a, b) => (a.number < b.number ? -1 : 1))
  if (args.json) printJson(totals.toJson())
  else totals.show(folder)
  return totals.failing.length === 0 ? EXIT.ok : EXIT.failed
}

/** A block that is to be run, with its hash where that is proven. */
type NextBlock = Pick<RangeJob, 'number' | 'verify'>

/** The blocks that are to be run, newest first: each names the one before it by its hash. */
async function* provenBlocks(args: Arguments, tip: StateAt, totals: Totals): AsyncGenerator<NextBlock> {
  const { chain, close } = await chainOf(args)
  try {
    for await (const { number, hash } of chain.ancestors(tip, totals.first))
      if (totals.isLeft(number)) yield { number, verify: hash }
  } finally {
    await close()
  }
}

/** Blocks that a node fails one after the other before the rest is not tried. */
const MOST_NODE_FAULTS = 16

/** Tells when it is of no use to go on. */
class EarlyStop {
  #nodeFaults = 0

  /** Throws the error of a block where that is one of the command line, or the node has failed so many in a row. */
  add({ number, faults, error }: BlockReport): void {
    this.#nodeFaults = error === ERROR_CODES.node ? this.#nodeFaults + 1 : 0
    const isUsage = error === ERROR_CODES.usage
    if (error !== null && (isUsage || this.#nodeFaults >= MOST_NODE_FAULTS))
      throw new ZvmError(error, isUsage ? faults[0] : `block ${number}, as those before it: ${faults[0]}`)
  }
}

/** What a journal is bound to: of another chain, or under other rules, its blocks would have to be run again. */
async function scopeOf(args: Arguments): Promise<string> {
  const { fork, table, genesis, verify } = args
  const { chain, close } = await chainOf(args)
  try {
    const chosen = typeof fork === 'string' ? fork.toLowerCase() : (table ?? genesis)
    const rules = typeof chosen === 'string' ? chosen : 'of the chain'
    return `${rules}${verify === undefined ? '' : ', verified'}; chain ${await chain.id()}`
  } finally {
    await close()
  }
}

/** What has been done of a range. */
class Totals {
  readonly progress = new Progress()
  readonly failing: BlockReport[] = []
  readonly #numbers: readonly [first: bigint, last: bigint]
  readonly #before: ReadonlySet<bigint>
  readonly #start = performance.now()
  #blocks = 0
  #transactions = 0
  #compared = 0
  #gas = 0n

  constructor(first: bigint, last: bigint, before: ReadonlySet<bigint>) {
    this.#numbers = [first, last]
    this.#before = before
  }

  get first(): bigint {
    return this.#numbers[0]
  }

  isLeft(number: bigint): boolean {
    return !this.#before.has(number)
  }

  /** The blocks that are to be run, each once, whoever asks. */
  *left(): Generator<NextBlock> {
    const [first, last] = this.#numbers
    for (let number = first; number <= last; number++) if (this.isLeft(number)) yield { number, verify: null }
  }

  add(report: BlockReport): void {
    this.#blocks++
    this.#transactions += report.transactions
    this.#compared += report.compared
    this.#gas += report.gasUsed
    if (report.faults.length > 0) this.failing.push(report)
    this.progress.show(this.#line())
  }

  #line(): string {
    const [first, last] = this.#numbers
    const all = Number(last - first) + 1
    const done = this.#blocks + (all - this.#left)
    const filled = Math.round((20 * done) / all)
    const bar = '█'.repeat(filled) + '░'.repeat(20 - filled)
    return `${bar} ${done}/${all} blocks, ${this.#throughput()}, ${this.failing.length} failing`
  }

  get #left(): number {
    const [first, last] = this.#numbers
    let before = 0
    for (const number of this.#before) if (number >= first && number <= last) before++
    return Number(last - first) + 1 - before
  }

  #throughput(): string {
    const seconds = (performance.now() - this.#start) / 1000
    const perSecond = (count: number) => (count / seconds).toFixed(1)
    return `${perSecond(this.#transactions)} tx/s, ${perSecond(Number(this.#gas) / 1e6)} Mgas/s`
  }

  show(folder: string): void {
    for (const { number, faults } of this.failing) {
      print(`block ${number}`)
      for (const fault of faults) print(`  ${fault}`)
    }
    const [first, last] = this.#numbers
    const resumed = Number(last - first) + 1 - this.#left
    const before = resumed === 0 ? '' : `, ${resumed} before`
    const count = this.failing.length
    const verdict = count === 0 ? 'all agree with the chain' : `${count} FAIL (bundles in ${folder})`
    print(
      `${counted(this.#blocks, 'block')} with ${counted(this.#transactions, 'transaction')} replayed${before}: ${verdict} (${counted(this.#compared, 'value')} compared, ${this.#throughput()})`,
    )
  }

  toJson() {
    return {
      blocks: this.#blocks,
      transactions: this.#transactions,
      compared: this.#compared,
      gasUsed: this.#gas,
      failing: this.failing.map(({ number, faults }) => ({ block: number, faults })),
      agreed: this.failing.length === 0,
    }
  }
}
