import { disassemble, disassemblyLines } from '../core/disassembler.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { flag, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { codeOf } from './input.ts'
import type { Command } from './main.ts'
import { print, printJson } from './output.ts'
import { tableOption, tableOptions } from './table.ts'

/** `zvm disasm`: bytecode to text that assembles to the same bytes. */
export const disasm: Command = {
  options: (yargs) =>
    tableOptions(yargs)
      .positional('code', { type: 'string', describe: 'Hex of even length, or the path of a file of hex' })
      .nargs('code', 1)
      .option('codefile', text('Take the code from this file; - for stdin'))
      .option('json', flag('Print one JSON object'))
      .example('$0 disasm 6002600301', 'Three instructions'),

  async run(args) {
    const table = await tableOption(args)
    const code = codeOf(args)
    if (!code) throw new ZvmError(ERROR_CODES.usage, 'disasm: name code or --codefile')
    if (args.json) printJson({ table: table.name, instructions: disassemble(code, table) })
    else for (const line of disassemblyLines(code, table)) print(line)
    return EXIT.ok
  },
}
