import { createInterface } from 'node:readline'
import { ZvmError } from '../../core/errors.ts'
import { EXIT } from '../exit-codes.ts'
import type { Arguments } from '../main.ts'
import { exit, oneLine, print, printJson, warn } from '../output.ts'
import { machineState } from './machine-state.ts'
import type { Stepper } from './stepper.ts'

/**
 * Takes commands from stdin, a line each, and prints what they give; with `--json` the state after each. In a pipe the
 * first that is wrong ends it with an error; at a terminal one may try again.
 */
export async function lineMode(stepper: Stepper, args: Arguments): Promise<number> {
  const isTerminal = process.stdin.isTTY === true
  const lines = createInterface({
    input: process.stdin,
    terminal: isTerminal,
    ...(isTerminal && { output: process.stderr, prompt: '(zvm) ' }),
  })
  let isBusy = false
  const interrupt = () => {
    if (!isBusy) exit(EXIT.interrupted)
    stepper.isInterrupted = true
  }
  process.on('SIGINT', interrupt)
  lines.on('SIGINT', interrupt)
  try {
    show(stepper, args, await stepper.where())
    if (isTerminal) lines.prompt()
    for await (const line of lines) {
      isBusy = true
      const isLast = await attempt(stepper, args, line, isTerminal)
      isBusy = false
      if (isLast) break
      if (isTerminal) lines.prompt()
    }
    return EXIT.ok
  } finally {
    process.off('SIGINT', interrupt)
    lines.close()
  }
}

async function attempt(stepper: Stepper, args: Arguments, line: string, mayFail: boolean): Promise<boolean> {
  try {
    const reply = await stepper.execute(line)
    if (!reply.isLast && line.trim() !== '') show(stepper, args, reply.lines)
    return reply.isLast
  } catch (error) {
    if (!mayFail || !(error instanceof ZvmError)) throw error
    warn(`zvm: ${oneLine(error.message)}`)
    return false
  }
}

function show(stepper: Stepper, args: Arguments, lines: readonly string[]): void {
  if (args.json) printJson(machineState(stepper.debug, null))
  else for (const line of lines) print(line)
}
