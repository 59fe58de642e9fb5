import { BUILTIN_CALLS, CAPABILITIES } from '../capabilities.ts'
import { flag } from './arguments.ts'
import { columns } from './columns.ts'
import { EXIT } from './exit-codes.ts'
import type { Command } from './main.ts'
import { print, printJson } from './output.ts'

const NARROWED: Readonly<Record<string, string>> = {
  none: '',
  folder: '=FOLDER',
  host: '=HOST',
  address: '[=ADDRESS]',
  account: '[=ACCOUNT]',
}

/** `zvm capabilities`: what can be granted, and the system calls behind it. */
export const capabilities: Command = {
  options: (yargs) =>
    yargs
      .option('json', flag('Print one JSON object'))
      .example('$0 capabilities', 'What --allow takes, and the calls of the engine with payloads and gas'),

  async run(args) {
    const grants = Object.entries(CAPABILITIES).map(([name, { scope, allows }]) => ({ name, scope, allows }))
    const calls = BUILTIN_CALLS.map(({ id, name, capability, kind, payload, price }) => {
      return { id, name, capability, kind, payload, gas: price }
    })
    if (args.json) printJson({ capabilities: grants, calls })
    else {
      const granted = grants.map(({ name, scope, allows }) => [`${name}${NARROWED[scope]}`, allows])
      for (const line of columns([['grant', 'allows'], ...granted])) print(line)
      print('')
      const cells = calls.map(({ id, name, capability, kind, payload, gas }) => {
        return [`0x${id.toString(16).padStart(4, '0')}`, name, capability, kind, gas, payload]
      })
      for (const line of columns([['id', 'call', 'capability', 'kind', 'gas', 'payload → answer'], ...cells]))
        print(line)
    }
    return EXIT.ok
  },
}
