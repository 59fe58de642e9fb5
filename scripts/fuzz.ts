/** Random programs, run by us and by @ethereumjs or by all our tiers: `npm run fuzz [-- OPTIONS]`. */
import { createHash, randomInt } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { forkByName } from '../opcodes/forks.ts'
import { zvm } from '../opcodes/zvm/table.ts'
import { ZvmError } from '../src/core/errors.ts'
import { type Fixture, fixtureName, fixtureToJson } from './fuzz/fixture.ts'
import { type FormatFind, type FormatReport, fuzzFormats } from './fuzz/formats/run.ts'
import { SUBJECTS, type Subject } from './fuzz/formats/subjects.ts'
import { type FuzzOptions, type FuzzReport, fuzz } from './fuzz/run.ts'
import { type TierFixture, tierFixtureName, tierFixtureToJson } from './fuzz/tiers/fixture.ts'
import { fuzzTiers, type TierFuzzReport } from './fuzz/tiers/run.ts'
import { tableByName } from './fuzz/tiers/tables.ts'

const FOLDER = 'fixtures/fuzz'
const TIERS_FOLDER = join(FOLDER, 'tiers')
const FORMATS_FOLDER = join(FOLDER, 'formats')
const PROGRAMS = 20_000
/** Kinds of find after which a run ends: there is enough to do then. */
const FIND_LIMIT = 10
/** Seconds from one line of progress to the next, which on a terminal takes its place. */
const PROGRESS_SECONDS = process.stderr.isTTY ? 0.5 : 60

const USAGE = `usage: npm run fuzz [-- OPTIONS]
Runs random programs, call graphs and transactions by us and by @ethereumjs/vm and compares what they do. What differs
is made small and written to ${FOLDER}; the exit code is then 1, as when nothing ran. Interrupted, it ends with 130.
  --tiers       compare our tiers instead: programs biased to jumps, limits and memory, run by the reference tier, the
                interpreter, the compiler, both in turn, and as modules of wasm-lite made of them. What differs is
                written to ${TIERS_FOLDER}
  --native      with --tiers: native programs, which make system calls too
  --formats     feed containers, assembly texts, ABIs, records, signatures, keys, journals and modules instead, sound,
                changed and random ones: what is accepted must come out the same when it is written and read again, of
                signatures and keys be the original, and nothing may break or hang. What does is written to
                ${FORMATS_FOLDER}
  --format F    with --formats: only those whose name begins so
  --programs N  how many programs, or inputs of each format (${PROGRAMS}); each runs at several limits
  --seed S      a number; the same seed makes the same programs (default: random, printed)
  --first N     begin with program N of the seed
  --fork F      only this fork
  --seconds N   end after this time
  --json        print one object {programs, seed, finds, seconds, …}`

/** Wrong usage. */
const EXIT_USAGE = 3
const EXIT_INTERRUPTED = 130

async function main(args: string[]): Promise<number> {
  const options = readOptions(args)
  if (typeof options === 'string') {
    console.error(options)
    return options === USAGE ? 0 : EXIT_USAGE
  }
  const began = performance.now()
  const elapsed = () => (performance.now() - began) / 1000
  if (!options.isJson) console.log(`seed ${options.seed}`)
  const interruption = new AbortController()
  const { signal } = interruption
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interruption.abort())
  const progress = progressLine(elapsed)
  const common = {
    ...options,
    ...{ signal, findLimit: FIND_LIMIT, tableOf: tableByName },
    onProgram: progress.show,
  }
  const report = options.isFormats
    ? await fuzzFormats(common)
    : options.isTiers
      ? await fuzzTiers({ ...common, keep: keepTiers })
      : await fuzz({ ...common, keep })
  if ('formats' in report) for (const find of report.finds) keepFormat(find)
  progress.clear()
  const seconds = Math.round(elapsed() * 10) / 10
  if (options.isJson) console.log(JSON.stringify({ ...report, seconds }))
  else {
    if ('formats' in report) printFormats(report)
    else if ('runs' in report) printTiers(report)
    else print(report)
    const { programs, finds, seed } = report
    const rate = Math.round(programs / seconds)
    console.log(`${programs} programs in ${seconds} s (${rate}/s), seed ${seed}: ${finds.length} finds`)
  }
  if (report.finds.length > 0 || report.programs === 0) return 1
  return signal.aborted ? EXIT_INTERRUPTED : 0
}

function readOptions(args: string[]):
  | (Omit<FuzzOptions, 'keep' | 'tableOf' | 'findLimit' | 'onProgram'> & {
      isJson: boolean
      isTiers: boolean
      isFormats: boolean
      subjects: Readonly<Record<string, Subject>>
    })
  | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
        tiers: { type: 'boolean', default: false },
        native: { type: 'boolean', default: false },
        formats: { type: 'boolean', default: false },
        format: { type: 'string' },
        programs: { type: 'string', default: String(PROGRAMS) },
        seed: { type: 'string', default: String(randomInt(2 ** 40)) },
        first: { type: 'string', default: '0' },
        fork: { type: 'string' },
        seconds: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) return USAGE
    if (values.formats && values.tiers) throw new RangeError('--formats: without --tiers')
    if (values.native && (!values.tiers || values.fork !== undefined))
      throw new RangeError('--native: with --tiers and without --fork')
    if (values.format !== undefined && !values.formats) throw new RangeError('--format: only with --formats')
    const programs = count('--programs', values.programs)
    if (programs === 0) throw new RangeError('--programs: 0')
    return {
      subjects: subjectsOf(values.format ?? ''),
      programs,
      seed: count('--seed', values.seed),
      first: count('--first', values.first),
      fork: values.native ? zvm : values.fork === undefined ? null : forkByName(values.fork),
      seconds: values.seconds === undefined ? Number.POSITIVE_INFINITY : count('--seconds', values.seconds),
      isJson: values.json,
      isTiers: values.tiers,
      isFormats: values.formats,
    }
  } catch (error) {
    if (error instanceof ZvmError || error instanceof TypeError || error instanceof RangeError)
      return `fuzz: ${error.message}`
    throw error
  }
}

function subjectsOf(prefix: string): Readonly<Record<string, Subject>> {
  const chosen = Object.entries(SUBJECTS).filter(([name]) => name.startsWith(prefix))
  if (chosen.length > 0) return Object.fromEntries(chosen)
  throw new RangeError(`--format: none of ${Object.keys(SUBJECTS).join(', ')}`)
}

function count(name: string, text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new RangeError(`${name}: not a whole number (${text.slice(0, 40)})`)
  return value
}

/** Writes a find where `npm test` will meet it. */
function keep(fixture: Fixture): string {
  return write(FOLDER, fixtureName(fixture.case), fixtureToJson(fixture))
}

function keepTiers(fixture: TierFixture): string {
  return write(TIERS_FOLDER, tierFixtureName(fixture), tierFixtureToJson(fixture))
}

function keepFormat(find: FormatFind): string {
  const digest = createHash('sha256').update(find.input).digest('hex').slice(0, 16)
  return write(FORMATS_FOLDER, `${digest}.json`, `${JSON.stringify(find, null, 2)}\n`)
}

function write(folder: string, name: string, json: string): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, name)
  writeFileSync(path, json)
  return path
}

function print({ transactions, statuses, steps, known, finds }: FuzzReport): void {
  for (const { program, fork, at, differences, fixture } of finds) {
    console.log(`\nprogram ${program} (${fork}): ${at}`)
    for (const { at: place, ours, peer } of differences) console.log(`  ${place}: ours ${ours}, peer ${peer}`)
    console.log(fixture ? `  kept as ${fixture}` : '  of a kind that was kept before')
  }
  for (const [title, times] of Object.entries(known))
    console.log(`known fault of the peer, ${times} programs: ${title}`)
  console.log(`${transactions} transactions (${times(statuses)}), ${steps} instructions`)
}

function printTiers({ runs, halts, steps, peakBytes, finds }: TierFuzzReport): void {
  for (const { program, fork, differences, fixture } of finds) {
    console.log(`\nprogram ${program} (${fork})`)
    for (const { tier, field, judged, given } of differences)
      console.log(`  ${field}: reference ${judged}, ${tier} ${given}`)
    console.log(
      fixture
        ? `  kept as ${fixture}`
        : '  of a kind that was kept before, or not shown by the program alone',
    )
  }
  console.log(`${runs} runs in each tier (${times(halts)}), ${steps} instructions`)
  console.log(`at most ${Math.round(peakBytes / 2 ** 20)} MiB of memory`)
}

function printFormats({ formats, finds }: FormatReport): void {
  for (const { format, program, what } of finds) console.log(`\n${format} ${program}: ${what}`)
  for (const [format, { accepted, refused, slowestSeconds }] of Object.entries(formats))
    console.log(
      `${format}: ${accepted} accepted, ${refused} refused, the slowest in ${slowestSeconds.toFixed(3)} s`,
    )
}

function times(ends: Readonly<Record<string, number>>): string {
  return Object.entries(ends)
    .map(([end, count]) => `${count} ${end}`)
    .join(', ')
}

/** What both reports tell. */
interface Progress {
  readonly programs: number
  readonly finds: readonly unknown[]
}

function progressLine(elapsed: () => number): { show(report: Progress): void; clear(): void } {
  const [before, after] = process.stderr.isTTY ? ['\r\x1b[K', ''] : ['', '\n']
  let shownAt = 0
  return {
    show({ programs, finds }) {
      const now = elapsed()
      if (now - shownAt < PROGRESS_SECONDS) return
      shownAt = now
      const rate = Math.round(programs / now)
      const mib = Math.round(process.memoryUsage.rss() / 2 ** 20)
      process.stderr.write(
        `${before}${programs} programs, ${rate}/s, ${finds.length} finds, ${mib} MiB${after}`,
      )
    },
    clear: () => process.stderr.write(before),
  }
}

process.exitCode = await main(process.argv.slice(2))
