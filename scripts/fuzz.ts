/** Random programs and transactions, run by us and by @ethereumjs: `npm run fuzz [-- OPTIONS]`. */
import { randomInt } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { forkByName } from '../opcodes/forks.ts'
import { ZvmError } from '../src/core/errors.ts'
import { type Fixture, fixtureName, fixtureToJson } from './fuzz/fixture.ts'
import { type FuzzOptions, type FuzzReport, fuzz } from './fuzz/run.ts'

const FOLDER = 'fixtures/fuzz'
const PROGRAMS = 20_000
/** Kinds of find after which a run ends: there is enough to do then. */
const FIND_LIMIT = 10
const PROGRESS_MS = 500

const USAGE = `usage: npm run fuzz [-- OPTIONS]
Runs random programs, call graphs and transactions by us and by @ethereumjs/vm and compares what they do. What differs
is made small and written to ${FOLDER}; the exit code is then 1, as when nothing ran. Interrupted, it ends with 130.
  --programs N  how many programs (${PROGRAMS}); each runs at several gas limits
  --seed S      a number; the same seed makes the same programs (default: random, printed)
  --first N     begin with program N of the seed
  --fork F      only this fork
  --seconds N   end after this time
  --json        print one object {programs, transactions, seed, finds, seconds, …}`

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
  const progress = process.stderr.isTTY ? progressLine(elapsed) : undefined
  const report = await fuzz({
    ...options,
    signal,
    findLimit: FIND_LIMIT,
    tableOf: forkByName,
    keep,
    ...(progress && { onProgram: progress.show }),
  })
  progress?.clear()
  const seconds = Math.round(elapsed() * 10) / 10
  if (options.isJson) console.log(JSON.stringify({ ...report, seconds }))
  else print(report, seconds)
  if (report.finds.length > 0 || report.programs === 0) return 1
  return signal.aborted ? EXIT_INTERRUPTED : 0
}

function readOptions(
  args: string[],
): (Omit<FuzzOptions, 'keep' | 'tableOf' | 'findLimit'> & { isJson: boolean }) | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
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
    return {
      programs: count('--programs', values.programs),
      seed: count('--seed', values.seed),
      first: count('--first', values.first),
      fork: values.fork === undefined ? null : forkByName(values.fork),
      seconds: values.seconds === undefined ? Number.POSITIVE_INFINITY : count('--seconds', values.seconds),
      isJson: values.json,
    }
  } catch (error) {
    if (error instanceof ZvmError || error instanceof TypeError || error instanceof RangeError)
      return `fuzz: ${error.message}`
    throw error
  }
}

function count(name: string, text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new RangeError(`${name}: not a whole number (${text.slice(0, 40)})`)
  return value
}

/** Writes a find where `npm test` will meet it. */
function keep(fixture: Fixture): string {
  mkdirSync(FOLDER, { recursive: true })
  const path = join(FOLDER, fixtureName(fixture.case))
  writeFileSync(path, fixtureToJson(fixture))
  return path
}

function print(
  { programs, transactions, statuses, steps, known, finds, seed }: FuzzReport,
  seconds: number,
): void {
  for (const { program, fork, at, differences, fixture } of finds) {
    console.log(`\nprogram ${program} (${fork}): ${at}`)
    for (const { at: place, ours, peer } of differences) console.log(`  ${place}: ours ${ours}, peer ${peer}`)
    console.log(fixture ? `  kept as ${fixture}` : '  of a kind that was kept before')
  }
  for (const [title, times] of Object.entries(known))
    console.log(`known fault of the peer, ${times} programs: ${title}`)
  const ends = Object.entries(statuses).map(([status, times]) => `${times} ${status}`)
  const rate = Math.round(programs / seconds)
  console.log(`${transactions} transactions (${ends.join(', ')}), ${steps} instructions`)
  console.log(`${programs} programs in ${seconds} s (${rate}/s), seed ${seed}: ${finds.length} finds`)
}

function progressLine(elapsed: () => number): { show(report: FuzzReport): void; clear(): void } {
  let shownAt = 0
  return {
    show({ programs, finds }) {
      const now = elapsed()
      if (now - shownAt < PROGRESS_MS / 1000) return
      shownAt = now
      process.stderr.write(
        `\r\x1b[K${programs} programs, ${Math.round(programs / now)}/s, ${finds.length} finds`,
      )
    },
    clear: () => process.stderr.write('\r\x1b[K'),
  }
}

process.exitCode = await main(process.argv.slice(2))
