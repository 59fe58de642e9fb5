import { assemble } from '../core/assembler.ts'
import { bytesToHex } from '../core/hex.ts'
import { optionalText } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { readBytes } from './input.ts'
import type { Command } from './main.ts'
import { print, printJson } from './output.ts'
import { tableOption, tableOptions } from './table.ts'

/** `zvm asm`: text to bytecode, on stdout as hex. */
export const asm: Command = {
  options: (yargs) =>
    tableOptions(yargs)
      .positional('file', { type: 'string', describe: 'Assembly text; stdin if left out, or -' })
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' })
      .example('echo "PUSH 2 PUSH 3 ADD" | $0 asm -', 'Assemble from a pipe'),

  async run(args) {
    // yargs reads a lone - as empty text.
    const file = optionalText(args.file) || '-'
    const code = assemble(new TextDecoder().decode(readBytes(file)), await tableOption(args), file)
    if (args.json) printJson({ code: bytesToHex(code), sizeBytes: code.length })
    else print(bytesToHex(code))
    return EXIT.ok
  },
}
