import { createInterface } from 'node:readline'
import { toJUnit } from '../conform/junit.ts'
import { ReportBuilder } from '../conform/report.ts'
import type { StateTestResult } from '../conform/statetest.ts'
import type { Arguments } from './main.ts'
import { oneLine, print, printJson } from './output.ts'

/** The files that stdin names: one a line, to the first that is empty. */
export async function* filesOfStdin(): AsyncIterable<string[]> {
  for await (const name of createInterface({ input: process.stdin })) {
    if (name === '') return
    yield [name]
  }
}

/** Prints results, as JSON or with `--human` a line each. */
export function showResults(results: readonly StateTestResult[], args: Arguments): void {
  if (!args.human) {
    printJson(results, 2)
    return
  }
  for (const { name, fork, pass, error } of results)
    print(oneLine(`${pass ? 'pass' : 'FAIL'} ${fork} ${name}${error ? `: ${error}` : ''}`))
  const passed = results.filter(({ pass }) => pass).length
  print(`${passed} passed, ${results.length - passed} failed`)
}

/** The results as a JUnit report of the command. */
export function junitOf(command: string, results: readonly StateTestResult[]): string {
  const builder = new ReportBuilder('reference')
  for (const { name, fork, pass, error: reason = '' } of results) {
    const verdict = pass ? { outcome: 'passed' as const } : { outcome: 'failed' as const, reason }
    builder.add(command, name, { results: [{ case: '', fork, seconds: 0, ...verdict }], opcodes: [] })
  }
  return toJUnit(builder.build(), builder.cases)
}
