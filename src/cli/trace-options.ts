import type { Argv } from 'yargs'
import type { Tracer } from '../core/tracer.ts'
import { TRACE_FORMATS } from '../trace/formats.ts'
import { flag, text } from './arguments.ts'
import type { Arguments } from './main.ts'

/** The options that ask for a trace, as geth names them. */
export function traceOptions(yargs: Argv): Argv {
  return yargs
    .option('trace', flag('Write every step to stderr'))
    .option('trace.format', text('json is EIP-3155', { choices: [...TRACE_FORMATS.keys()], default: 'json' }))
    .option('trace.nomemory', flag('Leave memory out', true))
    .option('trace.nostack', flag('Leave the stack out'))
    .option('trace.noreturndata', flag('Leave return data out', true))
}

/** Makes a tracer for each run, or null where no trace is asked for. */
export function tracerMaker(args: Arguments, write: (line: string) => void): (() => Tracer) | null {
  const format = TRACE_FORMATS.get(String(args['trace.format']))
  if (!args.trace || !format) return null
  const fields = {
    stack: !args['trace.nostack'],
    memory: !args['trace.nomemory'],
    returnData: !args['trace.noreturndata'],
  }
  return () => format(write, fields)
}
