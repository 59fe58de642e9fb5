import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Tinypool } from 'tinypool'
import { forkByName } from '../../opcodes/forks.ts'
import { ReportBuilder, toJUnit } from '../conform/report.ts'
import {
  revmeLine,
  runStateTestFile,
  type StateTestResult,
  type StateTestSelection,
  stateRootLine,
} from '../conform/statetest.ts'
import { jsonFiles } from '../conform/suite.ts'
import { optionalText, positiveInteger, regularExpression, wholeNumber } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { writeAtomically } from './files.ts'
import type { Arguments, Command } from './main.ts'
import { print, printJson, warn } from './output.ts'
import { traceOptions, tracerMaker } from './trace-options.ts'

/** `zvm statetest`: the command that cross-client fuzzers and fixture consumers call, in geth's words. */
export const statetest: Command = {
  options: (yargs) =>
    traceOptions(yargs)
      .positional('path', {
        type: 'string',
        describe: 'A file, or a folder of .json files; without, one a line of stdin',
      })
      .option('statetest.fork', { type: 'string', describe: 'Only cases of this fork' })
      .option('statetest.index', { type: 'string', describe: 'Only the case of this index within its fork' })
      .option('run', { type: 'string', describe: 'Only tests whose name matches this regular expression' })
      .option('bench', { type: 'boolean', default: false, describe: 'Time every case' })
      .option('dump', { type: 'boolean', default: false, describe: 'Show the state after every case' })
      .option('human', {
        type: 'boolean',
        default: false,
        describe: 'Print lines for people instead of JSON',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: "Write revme's line for every case to stderr",
      })
      .option('workers', { type: 'string', default: '1', describe: 'Threads' })
      .option('junit', { type: 'string', describe: 'Write a JUnit report to this file' })
      .option('fail-exit-code', { type: 'boolean', default: false, describe: 'Exit 1 if a case fails' })
      .example('$0 statetest stExample/add11.json', 'Run one file')
      .example('$0 statetest --trace --trace.format=json add11.json 2>trace.jsonl', 'Trace every step'),

  async run(args) {
    const selection = selectionOf(args)
    const path = optionalText(args.path)
    if (path !== null) return conclude(args, await runFiles(jsonFiles(path), args, selection))
    const results: StateTestResult[] = []
    for await (const name of createInterface({ input: process.stdin })) {
      if (name === '') break
      const batch = await runFiles([name], args, selection)
      results.push(...batch)
      show(batch, args)
    }
    return exitCode(results, args)
  },
}

function selectionOf(args: Arguments): StateTestSelection {
  const fork = optionalText(args['statetest.fork'])
  if (fork !== null) forkByName(fork)
  const index = args['statetest.index']
  return {
    fork,
    index: index === undefined ? null : wholeNumber(index, '--statetest.index'),
    run: regularExpression(args.run, '--run'),
    isDumped: args.dump === true,
    isTimed: args.bench === true,
  }
}

async function runFiles(
  files: readonly string[],
  args: Arguments,
  selection: StateTestSelection,
): Promise<StateTestResult[]> {
  const describe = args.json ? revmeLine : stateRootLine
  const makeTracer = tracerMaker(args, warn)
  const workers = positiveInteger(args.workers, '--workers', 256)
  if (workers === 1 || makeTracer || files.length === 1)
    return files.flatMap((file) => [
      ...runStateTestFile(file, selection, describe, warn, () => makeTracer?.()),
    ])
  const filename = fileURLToPath(new URL('./worker.js', import.meta.url))
  const pool = new Tinypool({ filename, name: 'runStateTests', minThreads: 1, maxThreads: workers })
  const asRevme = args.json === true
  const reports = files.map(
    (file) =>
      pool.run({ file, selection, asRevme }) as Promise<{ lines: string[]; results: StateTestResult[] }>,
  )
  const results: StateTestResult[] = []
  for (const report of reports) {
    const { lines, results: some } = await report
    for (const line of lines) warn(line)
    results.push(...some)
  }
  await pool.destroy()
  return results
}

function conclude(args: Arguments, results: readonly StateTestResult[]): number {
  show(results, args)
  if (typeof args.junit === 'string') writeAtomically(args.junit, junitOf(results))
  return exitCode(results, args)
}

function exitCode(results: readonly StateTestResult[], args: Arguments): number {
  return args['fail-exit-code'] && results.some(({ pass }) => !pass) ? EXIT.failed : EXIT.ok
}

function show(results: readonly StateTestResult[], args: Arguments): void {
  if (!args.human) {
    printJson(results, 2)
    return
  }
  for (const { name, fork, pass, error } of results)
    print(`${pass ? 'pass' : 'FAIL'} ${fork} ${name}${error ? `: ${error}` : ''}`)
  const passed = results.filter(({ pass }) => pass).length
  print(`${passed} passed, ${results.length - passed} failed`)
}

function junitOf(results: readonly StateTestResult[]): string {
  const builder = new ReportBuilder('reference')
  for (const { name, fork, pass, error } of results) {
    const outcome = pass ? ('passed' as const) : ('failed' as const)
    const reason = error === undefined ? {} : { reason: error }
    builder.add('statetest', '', {
      results: [{ case: name, fork, outcome, seconds: 0, ...reason }],
      opcodes: [],
    })
  }
  return toJUnit(builder.build(() => 0))
}
