import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { forkByName } from '../../opcodes/forks.ts'
import { type ConformRequest, conform } from '../conform/conform.ts'
import { toJUnit } from '../conform/junit.ts'
import { lineOfLowered } from '../conform/lowered.ts'
import { parseNamePattern } from '../conform/name-filter.ts'
import type { ConformReport, ReportedCase } from '../conform/report.ts'
import { SUITE_TIERS, type SuiteChoice } from '../conform/suite-tier.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { findTable } from '../host/load-table.ts'
import { checkWritable, writeAtomically } from '../host/write-file.ts'
import { flag, optionalPath, optionalText, paths as pathsOf, text, wholeNumber } from './arguments.ts'
import { columns } from './columns.ts'
import { EXIT } from './exit-codes.ts'
import type { Arguments, Command } from './main.ts'
import { exit, oneLine, Progress, print, printJson, tolerateClosedPipes, warn } from './output.ts'

const DEFAULT_FOLDER = 'ethereum-tests'
const HINT = '; `npm run fetch-tests` gets the public suites'

/** `zvm conform`: every suite under the paths, a table suite × fork. */
export const conformCommand: Command = {
  options: (yargs) =>
    yargs
      .positional('paths', {
        type: 'string',
        array: true,
        describe: `Suites, folders or files (default ${DEFAULT_FOLDER})`,
      })
      .option('fork', text('Only cases of this fork'))
      .option('run', text('Only cases whose name or file matches this regular expression'))
      .option(
        'table',
        text(
          'zvm, zevm, or a file with a table of your own, in the place of the fork it extends, or of --fork',
        ),
      )
      .option(
        'tier',
        text(
          'Which engine runs them (default auto), or module: as `zvm compile` makes one of each code; a table of your own has the reference tier',
          {
            choices: SUITE_TIERS,
          },
        ),
      )
      .option(
        'tiers',
        text('Run every case in every tier and compare', { choices: ['all'], conflicts: 'tier' }),
      )
      .option('workers', text('Threads (default: all cores)'))
      .option('slow', flag('Also the cases that take minutes'))
      .option('junit', text('Write a JUnit report to this file'))
      .option('json', flag('Print one JSON object'))
      .example('$0 conform --fork Cancun --run stCall', 'Cases of one fork whose file or name has stCall')
      .example('$0 conform --table mine.ts --json', 'A table of your own against everything'),

  async run(args) {
    const request = await readRequest(args)
    const junit = optionalPath(args.junit, '--junit')
    if (junit !== null) checkWritable(junit)
    const progress = new Progress()
    // The workers, which do the work, end with this process.
    process.on('SIGINT', () => {
      progress.clear()
      exit(EXIT.interrupted)
    })
    const { report, cases, files } = await conform({
      ...request,
      progress: (done, total, failed) => progress.show(`${done} of ${total} files, ${failed} cases failed`),
    })
    progress.clear()
    if (cases.length === 0) throw nothingFound(request, files)
    if (junit !== null) writeAtomically(junit, toJUnit(report, cases))
    if (args.json) printJson(report)
    else show(report, cases)
    return report.failed > 0 ? EXIT.failed : EXIT.ok
  },
}

/** Reads the options; what workers would stumble over is told here, once. */
async function readRequest(args: Arguments): Promise<ConformRequest> {
  const paths = pathsOf(args.paths, 'conform')
  const table = optionalPath(args.table, '--table')
  const fork = optionalText(args.fork)
  const run = optionalText(args.run)
  const workers = args.workers === undefined ? null : wholeNumber(args.workers, '--workers', 1, 256)
  if (run !== null) parseNamePattern(run, '--run')
  if (fork !== null) forkByName(fork)
  if (table !== null) {
    tolerateClosedPipes()
    await findTable(table)
  }
  if (paths.length === 0 && !existsSync(DEFAULT_FOLDER))
    throw new ZvmError(ERROR_CODES.io, `${DEFAULT_FOLDER}: no such folder${HINT}`)
  return {
    paths: paths.length > 0 ? paths : [DEFAULT_FOLDER],
    fork,
    run,
    table,
    tier: table === null ? ((args.tiers ?? args.tier ?? 'auto') as SuiteChoice) : 'reference',
    workers,
    isSlow: args.slow === true,
    workerUrl: fileURLToPath(new URL('./worker.js', import.meta.url)),
  }
}

function nothingFound({ paths, fork, run, table }: ConformRequest, files: number): ZvmError {
  const where = paths.join(', ')
  if (files === 0)
    return new ZvmError(ERROR_CODES.io, `${where}: no test file there${where === DEFAULT_FOLDER ? HINT : ''}`)
  const filters = Object.entries({ '--fork': fork, '--run': run, '--table': table })
  const given = filters.filter(([, value]) => value !== null).map(([option]) => option)
  const choice = given.length > 0 ? ` fits ${given.join(' and ')}` : ' is there'
  return new ZvmError(ERROR_CODES.usage, `${where}: no case${choice}`)
}

function show(report: ConformReport, cases: readonly ReportedCase[]): void {
  const rows = report.suites.map((row) => [
    row.suite,
    row.fork ?? '',
    ...[row.passed, row.failed, row.skipped, row.outside].map(String),
    row.seconds.toFixed(1),
  ])
  for (const line of columns([
    ['suite', 'fork', 'passed', 'failed', 'skipped', 'outside', 'seconds'],
    ...rows,
  ]))
    print(line)
  if (report.opcodes) {
    print('')
    const counts = report.opcodes.map(({ name, cases, passed }) => [name, String(cases), String(passed)])
    for (const line of columns([['opcode', 'cases', 'passed'], ...counts])) print(line)
  }
  showSkipped(cases)
  for (const one of cases) if (one.outcome === 'failed') warn(lineOf(one))
  print('')
  if (report.lowered) print(lineOfLowered(report.lowered))
  print(
    `${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped, ${report.outside} outside`,
  )
}

/** Most cases named that are skipped for the same reason: a fork that is not known here may have thousands. */
const SHOWN_SKIPPED = 20

function showSkipped(cases: readonly ReportedCase[]): void {
  const counts = new Map<string, number>()
  for (const one of cases) {
    if (one.outcome !== 'skipped') continue
    const reason = one.reason ?? ''
    const count = (counts.get(reason) ?? 0) + 1
    counts.set(reason, count)
    if (count <= SHOWN_SKIPPED) warn(lineOf(one))
  }
  for (const [reason, count] of counts)
    if (count > SHOWN_SKIPPED) warn(`skipped: and ${count - SHOWN_SKIPPED} more: ${reason}`)
}

function lineOf({ suite, case: name, fork, outcome, reason }: ReportedCase): string {
  return oneLine(`${outcome}: ${[suite, fork, name].filter(Boolean).join(' ')}: ${reason}`)
}
