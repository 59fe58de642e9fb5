import { listOpcodes, type OpcodeEntry } from '../conform/opcode-list.ts'
import { flag } from './arguments.ts'
import { columns } from './columns.ts'
import { EXIT } from './exit-codes.ts'
import type { Command } from './main.ts'
import { print, printJson } from './output.ts'
import { tableOption, tableOptions } from './table.ts'

/** `zvm opcodes`: the rows of a table. */
export const opcodes: Command = {
  options: (yargs) =>
    tableOptions(yargs)
      .option('json', flag('Print one JSON object'))
      .example('$0 opcodes --fork Berlin', 'The table of a fork'),

  async run(args) {
    const table = await tableOption(args)
    const rows = listOpcodes(table)
    if (args.json) printJson({ table: table.name, opcodes: rows })
    else
      for (const line of columns([['byte', 'name', 'pops', 'pushes', 'gas', 'spec'], ...rows.map(cells)]))
        print(line)
    return EXIT.ok
  },
}

function cells({ code, name, immediate, pops, pushes, gas, spec }: OpcodeEntry): string[] {
  const operand = immediate > 0 ? ` ${immediate} bytes` : ''
  return [`0x${code.toString(16).padStart(2, '0')}`, name + operand, `${pops}`, `${pushes}`, `${gas}`, spec]
}
