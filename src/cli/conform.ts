import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { forkByName } from '../../opcodes/forks.ts'
import { conform } from '../conform/conform.ts'
import { loadTable } from '../conform/load-table.ts'
import { type ConformReport, toJUnit } from '../conform/report.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { TIERS, type TierChoice } from '../wasm/tiers.ts'
import { optionalText, positiveInteger, regularExpression, texts } from './arguments.ts'
import { columns } from './columns.ts'
import { EXIT } from './exit-codes.ts'
import { writeAtomically } from './files.ts'
import type { Command } from './main.ts'
import { Progress, print, printJson, warn } from './output.ts'

const DEFAULT_FOLDER = 'ethereum-tests'

/** `zvm conform`: every suite under the paths, a table suite × fork. */
export const conformCommand: Command = {
  options: (yargs) =>
    yargs
      .positional('paths', {
        type: 'string',
        array: true,
        describe: `Suites, folders or files (default ${DEFAULT_FOLDER})`,
      })
      .option('fork', { type: 'string', describe: 'Only cases of this fork' })
      .option('run', {
        type: 'string',
        describe: 'Only cases whose name or file matches this regular expression',
      })
      .option('table', {
        type: 'string',
        describe: 'A file with a table of your own, in the place of the fork it extends',
      })
      .option('tier', {
        type: 'string',
        choices: TIERS,
        describe: 'Which engine runs them (default auto); a table of your own always has the reference tier',
      })
      .option('tiers', {
        type: 'string',
        choices: ['all'],
        conflicts: 'tier',
        describe: 'Run every case in every tier and compare',
      })
      .option('workers', { type: 'string', describe: 'Threads (default: all cores)' })
      .option('slow', { type: 'boolean', default: false, describe: 'Also the cases that take minutes' })
      .option('junit', { type: 'string', describe: 'Write a JUnit report to this file' })
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' })
      .example(
        '$0 conform ethereum-tests/ethereum-tests/GeneralStateTests --fork Cancun',
        'One suite, one fork',
      )
      .example('$0 conform --table mine.ts --json', 'A table of your own against everything'),

  async run(args) {
    const paths = texts(args.paths)
    const table = optionalText(args.table)
    const fork = optionalText(args.fork)
    // Told here, once, rather than by every worker.
    if (table !== null) await loadTable(table)
    if (fork !== null) forkByName(fork)
    if (paths.length === 0 && !existsSync(DEFAULT_FOLDER))
      throw new ZvmError(
        ERROR_CODES.io,
        `${DEFAULT_FOLDER}: no such folder; \`npm run fetch-tests\` gets the public suites`,
      )
    const progress = new Progress()
    const report = await conform({
      paths: paths.length > 0 ? paths : [DEFAULT_FOLDER],
      fork,
      run: regularExpression(args.run, '--run'),
      table,
      tier: table === null ? ((args.tiers ?? args.tier ?? 'auto') as TierChoice) : 'reference',
      workers: args.workers === undefined ? null : positiveInteger(args.workers, '--workers', 256),
      isSlow: args.slow === true,
      workerUrl: fileURLToPath(new URL('./worker.js', import.meta.url)),
      progress: (done, total, failed) => progress.show(`${done} of ${total} files, ${failed} cases failed`),
    })
    progress.clear()
    if (typeof args.junit === 'string') writeAtomically(args.junit, toJUnit(report))
    if (args.json) printJson(report)
    else show(report)
    if (report.passed + report.failed + report.skipped + report.outside === 0)
      throw new ZvmError(ERROR_CODES.io, `no test case found under ${paths.join(', ') || DEFAULT_FOLDER}`)
    return report.failed > 0 ? EXIT.failed : EXIT.ok
  },
}

function show(report: ConformReport): void {
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
  for (const { suite, case: name, fork, reason } of report.failures)
    warn(`failed: ${suite} ${fork ?? ''} ${name}: ${reason}`)
  print('')
  print(
    `${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped, ${report.outside} outside`,
  )
}
