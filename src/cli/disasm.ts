import { disassemble, disassemblyLines } from '../core/disassembler.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { Container } from '../runtime/container.ts'
import { abiToJson } from '../runtime/contract-abi.ts'
import { flag } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { codeOf, codeOptions } from './input.ts'
import type { Command } from './main.ts'
import { print, printJson } from './output.ts'
import { tableFor, tableOption, tableOptions } from './table.ts'

/** `zvm disasm`: bytecode to text that assembles to the same bytes. */
export const disasm: Command = {
  options: (yargs) =>
    codeOptions(tableOptions(yargs))
      .option('json', flag('Print one JSON object'))
      .example('$0 disasm 6002600301', 'Three instructions')
      .example('$0 disasm program.zvm', 'A container, with what it tells of itself'),

  async run(args) {
    const given = codeOf(args)
    if (!given) throw new ZvmError(ERROR_CODES.usage, 'disasm: name code or --codefile')
    const { code, container } = given
    if (container?.target === 'wasm-lite')
      throw new ZvmError(ERROR_CODES.usage, 'the target wasm-lite has no table of opcodes', {
        target: container.target,
      })
    const table = (await tableFor(args, container?.target ?? null)) ?? (await tableOption(args))
    if (args.json) {
      const target = container ? { target: container.target } : {}
      printJson({ table: table.name, ...target, instructions: disassemble(code, table) })
    } else {
      if (container) for (const line of headLines(container)) print(line)
      for (const line of disassemblyLines(code, table)) print(line)
    }
    return EXIT.ok
  },
}

/** The directives that make the container of its code again. */
function headLines({ target, abi }: Container): string[] {
  const about = abi ? ['.abi', new TextDecoder().decode(abiToJson(abi)), '.endabi'] : []
  return [`.target ${target}`, ...about]
}
