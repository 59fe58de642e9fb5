/**
 * Measures us against others: `npm run bench`. Every case runs on both engines in turn, warmed up, many times; the
 * results of both are checked, and a wrong one is an error. Prints the best and the median sample of each in ms, the
 * ratio of the best, then the geometric means. Only ratios of one run can be compared. `--help` lists the options.
 */
import { EXIT } from '../src/cli/exit-codes.ts'
import { Progress, print, printJson, reportError, warn } from '../src/cli/output.ts'
import { ERROR_CODES, ZvmError } from '../src/core/errors.ts'
import type { Bench, Options } from './bench/group.ts'
import { GROUPS } from './bench/groups.ts'
import type { Effort } from './bench/measure.ts'
import { readOptions, USAGE } from './bench/options.ts'
import { recordPrograms } from './bench/record-programs.ts'
import { type BenchRow, geomeanLine, geomeans, TABLE_HEAD, tableLine } from './bench/report.ts'
import { TIERS } from './bench/zvm.ts'

const FULL: Effort = { rounds: 15, sampleMs: 20, caseMs: 3000, leastRounds: 3 }
const QUICK: Effort = { rounds: 3, sampleMs: 10, caseMs: 300, leastRounds: 1 }

/** A quick run begins no program that would not end by then, and none longer than the second. */
const QUICK_END_MS = 48_000
const QUICK_CASE_MS = 4_000

async function main(args: readonly string[]): Promise<number> {
  const names = GROUPS.map(({ name }) => name)
  const request = readOptions(args, names, [...TIERS.keys()])
  if (request.kind === 'help') print(USAGE)
  else if (request.kind === 'record') await recordPrograms()
  else return bench(request)
  return EXIT.ok
}

async function bench(options: Options): Promise<number> {
  const rows: BenchRow[] = []
  const failures: string[] = []
  const progress = new Progress()
  const show = (write: (line: string) => void, line: string) => {
    progress.clear()
    write(line)
  }
  const context: Bench = {
    options,
    effort: options.isQuick ? QUICK : FULL,
    isWanted: options.isWanted,
    hasTimeFor: (ms) => !options.isQuick || (ms < QUICK_CASE_MS && performance.now() + ms < QUICK_END_MS),
    add(row, ours, peer) {
      if (!options.json && rows.length === 0) show(print, TABLE_HEAD)
      if (!options.json) show(print, tableLine(row, ours, peer))
      rows.push(row)
    },
    fail(what) {
      failures.push(what)
      show(warn, `wrong: ${what}`)
    },
    note: (text) => show(warn, text),
    progress: (text) => progress.show(text),
  }
  for (const group of GROUPS) if (options.groups?.includes(group.name) ?? true) await group.run(context)
  progress.clear()
  if (rows.length === 0 && failures.length === 0)
    throw new ZvmError(ERROR_CODES.usage, 'no case was measured: nothing matches --group and --case')
  const geomean = geomeans(rows)
  if (options.json) printJson({ rows, geomean })
  else for (const mean of geomean) print(geomeanLine(mean))
  if (failures.length > 0) warn(`${failures.length} results are wrong`)
  return failures.length > 0 ? EXIT.failed : EXIT.ok
}

const args = process.argv.slice(2)
process.exitCode = await main(args).catch((error: unknown) => reportError(error, args.includes('--json')))
