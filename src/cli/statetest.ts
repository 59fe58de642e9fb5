import { fileURLToPath } from 'node:url'
import { Tinypool } from 'tinypool'
import { forkByName } from '../../opcodes/forks.ts'
import { type Answer, unwrap } from '../conform/answer.ts'
import { parseNamePattern } from '../conform/name-filter.ts'
import {
  revmeLine,
  runStateTestFile,
  type StateTestResult,
  type StateTestSelection,
  stateRootLine,
} from '../conform/statetest.ts'
import { jsonFiles } from '../conform/suite.ts'
import { checkWritable, writeAtomically } from '../host/write-file.ts'
import { flag, optionalPath, optionalText, text, wholeNumber } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import type { Arguments, Command } from './main.ts'
import { warn } from './output.ts'
import { filesOfStdin, junitOf, showResults } from './test-results.ts'
import { isTraced, type Tracing, traced, traceOptions } from './trace-options.ts'

/** `zvm statetest`: the command that cross-client fuzzers and fixture consumers call, in geth's words. */
export const statetest: Command = {
  options: (yargs) =>
    traceOptions(yargs)
      .positional('path', {
        type: 'string',
        describe: 'A file, or a folder of .json files; without, one a line of stdin',
      })
      .option('statetest.fork', text('Only cases of this fork'))
      .option('statetest.index', text('Only the case of this index within its fork'))
      .option('run', text('Only tests whose name matches this regular expression'))
      .option('bench', flag('Time every case'))
      .option('dump', flag('Show the state after every case'))
      .option('human', flag('Print lines for people instead of JSON'))
      .option('json', flag("Write revme's line for every case to stderr"))
      .option('workers', text('Threads', { default: '1' }))
      .option('junit', text('Write a JUnit report to this file'))
      .option('fail-exit-code', flag('Exit 1 if a case fails'))
      .example('$0 statetest stExample/add11.json', 'Run one file')
      .example('$0 statetest add11.json --trace', 'Trace every step to stderr'),

  async run(args) {
    const selection = selectionOf(args)
    const junit = optionalPath(args.junit, '--junit')
    if (junit !== null) checkWritable(junit)
    const path = optionalPath(args.path, 'statetest')
    const workers = wholeNumber(args.workers, '--workers', 1, 256)
    const results: StateTestResult[] = []
    await traced(args, async (tracing) => {
      // An array of results for the path, or for each of the files that stdin names.
      for await (const files of path === null ? filesOfStdin() : [jsonFiles(path)]) {
        const some = await runFiles(files, args, selection, workers, tracing)
        showResults(some, args)
        results.push(...some)
      }
    })
    if (junit !== null) writeAtomically(junit, junitOf('statetest', results))
    return args['fail-exit-code'] && results.some(({ pass }) => !pass) ? EXIT.failed : EXIT.ok
  },
}

function selectionOf(args: Arguments): StateTestSelection {
  const fork = optionalText(args['statetest.fork'])
  if (fork !== null) forkByName(fork)
  const run = optionalText(args.run)
  if (run !== null) parseNamePattern(run, '--run')
  const index = args['statetest.index']
  return {
    fork,
    index: index === undefined ? null : wholeNumber(index, '--statetest.index', 0, 2 ** 32),
    run,
    isDumped: args.dump === true,
    isTimed: args.bench === true,
  }
}

async function runFiles(
  files: readonly string[],
  args: Arguments,
  selection: StateTestSelection,
  workers: number,
  tracing: Tracing,
): Promise<StateTestResult[]> {
  const describe = args.json ? revmeLine : stateRootLine
  if (workers === 1 || isTraced(args) || files.length === 1)
    return files.flatMap((file) => [
      ...runStateTestFile(file, selection, describe, warn, () => tracing.next()),
    ])
  const filename = fileURLToPath(new URL('./worker.js', import.meta.url))
  const pool = new Tinypool({ filename, name: 'runStateTests', minThreads: 1, maxThreads: workers })
  const asRevme = args.json === true
  const tasks = files.map((file) => pool.run({ file, selection, asRevme }) as Promise<StateTestAnswer>)
  // One that fails while another is waited for is told when its turn comes.
  for (const task of tasks) task.catch(() => {})
  const results: StateTestResult[] = []
  try {
    for (const task of tasks) {
      const { lines, results: some } = unwrap(await task)
      for (const line of lines) warn(line)
      results.push(...some)
    }
  } finally {
    await pool.destroy()
  }
  return results
}

type StateTestAnswer = Answer<{ lines: string[]; results: StateTestResult[] }>
