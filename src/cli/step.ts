import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { checkWritable } from '../host/write-file.ts'
import { flag, optionalPath, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { codeOptions } from './input.ts'
import { blockAndLimitOptions } from './machine-options.ts'
import type { Arguments, Command } from './main.ts'
import { print, printJson } from './output.ts'
import { setupOptions } from './run-setup.ts'
import { grantOptions, replayOption } from './runtime-options.ts'
import { lineMode } from './stepper/line-mode.ts'
import { machineState } from './stepper/machine-state.ts'
import { openGiven } from './stepper/opened.ts'
import { Stepper } from './stepper/stepper.ts'
import { tableOptions } from './table.ts'

const CODE =
  'Hex of even length, or a path: a container, .zasm, hex, an artifact of solc, a bundle, a session'

/** `zvm step`: a message, instruction by instruction, forth and back. */
export const step: Command = {
  options: (yargs) =>
    replayOption(grantOptions(setupOptions(blockAndLimitOptions(codeOptions(tableOptions(yargs), CODE)))))
      .option('transaction', text('Of a bundle: its place in it, from 0', { default: '0' }))
      .option('contract', text('Of the output of solc: the name of the contract'))
      .option('source-map', text('Artifact of solc with the source map of the code'))
      .option('abi', text('File with an ABI that names calls and logs; may be repeated'))
      .option('session', text('Where the session is kept: read if no code is named, written by save'))
      .option('break', text('Breakpoint, as the command break takes it; may be repeated'))
      .option('instruction', flag('Execute one instruction of the session, print the state, keep it'))
      .option('tui', flag('The full screen; --no-tui takes commands from stdin, a line each', true))
      .option('json', flag('Print one JSON object a command'))
      .example('$0 step 6002600301', 'Full screen on a terminal; ? lists the keys')
      .example('$0 step counter.zvm --call "add(u64)" --args 5', 'A call of a container')
      .example('$0 step block.json --transaction 2', 'The third transaction of a bundle')
      .example('printf "until op SSTORE\\nstack\\n" | $0 step 602a5f55', 'Commands from a pipe')
      .example('$0 step 6002600301 --session s.json --instruction', 'One instruction, for scripts'),

  async run(args) {
    const path = optionalPath(args.session, '--session')
    if (path !== null) checkWritable(path)
    const stepper = new Stepper(await openGiven(args), path)
    for (const condition of listOf(args.break)) await stepper.execute(`break ${condition}`)
    if (args.instruction) return instruction(args, stepper, path)
    stepper.survey()
    if (!args.tui || args.json || !process.stdin.isTTY || !process.stdout.isTTY)
      return lineMode(stepper, args)
    const { fullScreen } = await import('./stepper/full-screen.ts')
    return fullScreen(stepper)
  },
}

function listOf(value: unknown): string[] {
  return value === undefined ? [] : Array.isArray(value) ? value.map(String) : [String(value)]
}

/** Exits 1 once the message has ended in failure. */
async function instruction(args: Arguments, stepper: Stepper, path: string | null): Promise<number> {
  if (path === null) throw new ZvmError(ERROR_CODES.usage, '--instruction: needs --session FILE')
  const executed = stepper.debug.step()
  stepper.save(path)
  const state = machineState(stepper.debug, executed)
  if (args.json) printJson(state)
  else {
    for (const line of await stepper.where()) print(line)
    for (const view of ['stack', 'memory', 'storage', 'logs'])
      for (const line of (await stepper.execute(view)).lines) print(`  ${view} ${line}`)
  }
  return stepper.hasFailed ? EXIT.failed : EXIT.ok
}
