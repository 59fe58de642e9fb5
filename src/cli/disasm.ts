import { disassemble, disassemblyLines } from '../core/disassembler.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { EXIT } from './exit-codes.ts'
import { readCode, readHexFile } from './input.ts'
import type { Command } from './main.ts'
import { print, printJson } from './output.ts'
import { tableOption, tableOptions } from './table.ts'

/** `zvm disasm`: bytecode to text that assembles to the same bytes. */
export const disasm: Command = {
  options: (yargs) =>
    tableOptions(yargs)
      .positional('code', { type: 'string', describe: 'Hex of even length, or the path of a file of hex' })
      .option('codefile', { type: 'string', describe: 'Take the code from this file; - for stdin' })
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' })
      .example('$0 disasm 6002600301', 'Three instructions'),

  async run(args) {
    const table = await tableOption(args)
    const isFile = typeof args.codefile === 'string'
    if (!isFile && typeof args.code !== 'string')
      throw new ZvmError(ERROR_CODES.usage, 'disasm: name code or --codefile')
    const code = isFile ? readHexFile(String(args.codefile)) : readCode(String(args.code))
    if (args.json) printJson({ table: table.name, instructions: disassemble(code, table) })
    else for (const line of disassemblyLines(code, table)) print(line)
    return EXIT.ok
  },
}
