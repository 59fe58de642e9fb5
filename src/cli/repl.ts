import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { flag, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import type { Arguments, Command } from './main.ts'
import { printJson } from './output.ts'
import { replFromPipe } from './repl/pipe.ts'
import { Repl } from './repl/repl.ts'
import { newBench, type Outside } from './repl/workbench.ts'
import { addressOption, quantityOption, SENDER } from './run-setup.ts'
import { grantOptions, hasRuntimeOptions } from './runtime-options.ts'
import { machineState } from './stepper/machine-state.ts'
import { tableOption, tableOptions } from './table.ts'

/** Gas of a line or a call, unless another limit is set: what a transaction may have. */
const DEFAULT_GAS = 10_000_000n

/** What answers system calls; null where no option grants any. */
async function outsideOf(args: Arguments): Promise<Outside | null> {
  if (!hasRuntimeOptions(args)) return null
  const newRuntime = await (await import('./recorded-runtime.ts')).grantedRuntimes(args, null)
  return { newRuntime, granted: newRuntime({ declared: () => [] }).grants.names }
}

/** `zvm repl`: assembly and calls, typed line by line. */
export const repl: Command = {
  options: (yargs) =>
    grantOptions(tableOptions(yargs))
      .option('gas', text(`Gas of each program and call (default ${DEFAULT_GAS})`))
      .option('sender', text('Address that calls'))
      .option('load', text('Contract to load first, as :load does'))
      .option(
        'history',
        text('File of lines typed before; none for none (default ~/.cache/zvm/repl-history)'),
      )
      .option('json', flag('Print one JSON object a line'))
      .example('$0 repl', 'On a terminal; :help lists the commands, tab completes')
      .example('$0 repl --table zvm --load counter.zvm', 'The native set, with a contract')
      .example('$0 repl --table zvm --allow clock --plugin ./mine.ts', 'System calls are answered, once each')
      .example('printf "PUSH 2 PUSH 3 ADD\\n" | $0 repl', 'Lines from a pipe'),

  async run(args) {
    const gas = quantityOption(args, 'gas', DEFAULT_GAS, 64)
    const table = await tableOption(args)
    const bench = newBench(table, gas, addressOption(args, 'sender', SENDER), await outsideOf(args))
    const session = new Repl(bench)
    const print = args.json ? () => printJson(session.debug && machineState(session.debug, null)) : null
    if (typeof args.load === 'string') await session.execute(`:load ${args.load}`)
    if (args.load === '') throw new ZvmError(ERROR_CODES.usage, '--load: an empty path')
    if (args.json || !process.stdin.isTTY || !process.stdout.isTTY) await replFromPipe(session, print)
    else {
      const { replOnTerminal } = await import('./repl/terminal.ts')
      await replOnTerminal(session, args.history)
    }
    return session.hasFailed ? EXIT.failed : EXIT.ok
  },
}
