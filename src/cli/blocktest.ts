import { type BlockTestSelection, runBlockTestFile } from '../conform/blocktest.ts'
import { parseNamePattern } from '../conform/name-filter.ts'
import type { StateTestResult } from '../conform/statetest.ts'
import { jsonFiles } from '../conform/suite.ts'
import { checkWritable, writeAtomically } from '../host/write-file.ts'
import { flag, optionalPath, optionalText, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import type { Arguments, Command } from './main.ts'
import { filesOfStdin, junitOf, showResults } from './test-results.ts'
import { traced, traceOptions } from './trace-options.ts'

/** `zvm blocktest`: runs BlockchainTests, in geth's words. */
export const blocktest: Command = {
  options: (yargs) =>
    traceOptions(yargs)
      .positional('path', {
        type: 'string',
        describe: 'A file, or a folder of .json files; without, one a line of stdin',
      })
      .option('run', text('Only tests whose name matches this regular expression'))
      .option('dump', flag('Show the state after every test'))
      .option('human', flag('Print lines for people instead of JSON'))
      .option('junit', text('Write a JUnit report to this file'))
      .option('fail-exit-code', flag('Exit 1 if a test fails'))
      .example('$0 blocktest bcExample/basefeeExample.json', 'Run one file')
      .example('$0 blocktest BlockchainTests --run London --human', 'Tests whose name has London'),

  async run(args) {
    const selection = selectionOf(args)
    const junit = optionalPath(args.junit, '--junit')
    if (junit !== null) checkWritable(junit)
    const path = optionalPath(args.path, 'blocktest')
    const results: StateTestResult[] = []
    await traced(args, async (tracing) => {
      // An array of results for the path, or for each of the files that stdin names.
      for await (const files of path === null ? filesOfStdin() : [jsonFiles(path)]) {
        const some = files.flatMap((file) => [...runBlockTestFile(file, selection, () => tracing.next())])
        showResults(some, args)
        results.push(...some)
      }
    })
    if (junit !== null) writeAtomically(junit, junitOf('blocktest', results))
    return args['fail-exit-code'] && results.some(({ pass }) => !pass) ? EXIT.failed : EXIT.ok
  },
}

function selectionOf(args: Arguments): BlockTestSelection {
  const run = optionalText(args.run)
  if (run !== null) parseNamePattern(run, '--run')
  return { run, isDumped: args.dump === true }
}
