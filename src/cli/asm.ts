import { assemble } from '../core/assembler.ts'
import { bytesToHex } from '../core/hex.ts'
import { flag, optionalPath } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { readText, sourceName } from './input.ts'
import type { Command } from './main.ts'
import { print, printJson } from './output.ts'
import { tableOption, tableOptions } from './table.ts'

/** `zvm asm`: text to bytecode, on stdout as hex. */
export const asm: Command = {
  options: (yargs) =>
    tableOptions(yargs)
      .positional('file', { type: 'string', describe: 'Assembly text; stdin if left out, or -' })
      .nargs('file', 1)
      .option('json', flag('Print one JSON object'))
      .example('echo "PUSH 2 PUSH 3 ADD" | $0 asm -', 'Assemble from a pipe'),

  async run(args) {
    const file = optionalPath(args.file, 'asm') ?? '-'
    const code = assemble(readText(file), await tableOption(args), sourceName(file))
    if (args.json) printJson({ code: bytesToHex(code), sizeBytes: code.length })
    else print(bytesToHex(code))
    return EXIT.ok
  },
}
