/**
 * Measures us against others: `npm run bench`. Every case runs on all engines in turn, warmed up, many times; the
 * results of all are checked, and a wrong one is an error. Prints the best and the median sample of each in ms, the
 * ratio of the best, then the geometric means. Only ratios of one run can be compared. `--help` lists the options.
 */
import { EXIT } from '../src/cli/exit-codes.ts'
import { Progress, print, printJson, reportError, warn } from '../src/cli/output.ts'
import { ERROR_CODES, ZvmError } from '../src/core/errors.ts'
import type { Bench, Group, Options } from './bench/group.ts'
import { GROUPS } from './bench/groups.ts'
import type { Effort } from './bench/measure.ts'
import { readOptions, USAGE } from './bench/options.ts'
import { PEERS } from './bench/peers.ts'
import { startProfile } from './bench/profile.ts'
import { recordPrograms } from './bench/record-programs.ts'
import { type BenchRow, geomeans } from './bench/report.ts'
import { geomeanLine, TABLE_HEAD, tableLine } from './bench/table.ts'
import { ENGINES } from './bench/zvm.ts'

const FULL: Effort = { rounds: 15, sampleMs: 20, totalMs: 1500, warmMs: 300 }
const QUICK: Effort = { rounds: 3, sampleMs: 5, totalMs: 200, warmMs: 150 }

/** When a quick run comes to its end; what is begun by then takes a little longer. */
const QUICK_END_MS = 48_000

async function main(args: readonly string[]): Promise<number> {
  const known = { groups: GROUPS.map(({ name }) => name), tiers: [...ENGINES.keys()], peers: PEERS }
  const request = readOptions(args, known)
  if (request.kind === 'help') print(USAGE)
  else if (request.kind === 'record') await recordPrograms()
  else return bench(request)
  return EXIT.ok
}

async function bench(options: Options): Promise<number> {
  const rows: BenchRow[] = []
  const failures: string[] = []
  const progress = new Progress()
  let end = Number.POSITIVE_INFINITY
  const show = (write: (line: string) => void, line: string) => {
    progress.clear()
    write(line)
  }
  const context: Bench = {
    options,
    effort: options.isQuick ? QUICK : FULL,
    isWanted: options.isWanted,
    isPeerWanted: (name) => options.peers?.includes(name) ?? true,
    hasTimeFor: (ms) => performance.now() + ms < end,
    add(row) {
      if (!options.json && rows.length === 0) show(print, TABLE_HEAD)
      if (!options.json) show(print, tableLine(row))
      rows.push(row)
    },
    fail(what) {
      failures.push(what)
      show(warn, `wrong: ${what}`)
    },
    note: (text) => show(warn, text),
    progress: (text) => progress.show(text),
  }
  const groups = GROUPS.filter((group) => isGroupWanted(group, options))
  const profile = options.profile === null ? null : await startProfile(options.profile)
  for (const [i, group] of groups.entries()) {
    if (options.isQuick) end = endOf(groups.slice(i))
    await group.run(context)
  }
  await profile?.write()
  progress.clear()
  if (rows.length === 0 && failures.length === 0)
    throw new ZvmError(ERROR_CODES.usage, 'no case was measured: nothing matches the options')
  const withMean = new Set(GROUPS.filter(({ hasMean }) => hasMean).map(({ name }) => name))
  const geomean = geomeans(rows.filter(({ group }) => withMean.has(group)))
  if (options.json) printJson({ rows, geomean })
  else for (const mean of geomean) print(geomeanLine(mean))
  if (failures.length > 0) warn(`${failures.length} results are wrong`)
  return failures.length > 0 ? EXIT.failed : EXIT.ok
}

function isGroupWanted({ name, within }: Group, { groups }: Options): boolean {
  return groups === null || groups.includes(name) || (within !== undefined && groups.includes(within))
}

/** When the first of these groups is to end, if those after it are to have their share of what is left. */
function endOf(groups: readonly Group[]): number {
  const now = performance.now()
  const shares = groups.reduce((sum, { share }) => sum + share, 0)
  return now + ((QUICK_END_MS - now) * groups[0].share) / shares
}

// A peer that is a process of its own ends with this one, which a signal alone would not see to.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => process.exit(EXIT.interrupted))

const args = process.argv.slice(2)
process.exitCode = await main(args).catch((error: unknown) => reportError(error, args.includes('--json')))
