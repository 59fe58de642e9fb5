import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToHex } from '../core/hex.ts'
import { keccak256 } from '../core/keccak.ts'
import { NO_BYTES } from '../core/message.ts'
import { checkWritable, writeAtomically } from '../host/write-file.ts'
import { compileContract } from '../lite/compile/compile.ts'
import { encodeContainer } from '../runtime/container.ts'
import { flag, optionalPath, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { codeOf, codeOptions } from './input.ts'
import type { Command } from './main.ts'
import { oneLine, print, printJson } from './output.ts'
import { refuseOtherTarget, tableFor, tableOption, tableOptions } from './table.ts'
import { refuseOver } from './written-files.ts'

/** `zvm compile`: code of a table to a module of wasm-lite. */
export const compile: Command = {
  options: (yargs) =>
    codeOptions(tableOptions(yargs))
      .option(
        'output',
        text(
          'Write to this file, whole or not at all; one called .zvm is a container, with the ABI of its source',
          {
            alias: 'o',
          },
        ),
      )
      .option('json', flag('Print one JSON object'))
      .example('$0 compile token.zvm -o token.wasm', 'A container, by the table of its target')
      .example('$0 compile token.hex --fork Cancun -o token.wasm', 'Code of the EVM, by the rows of a fork'),

  async run(args) {
    const output = optionalPath(args.output, '--output')
    if (output === null) throw new ZvmError(ERROR_CODES.usage, '--output: name the file to write')
    refuseOver(output, '--output', [args.code, args.codefile])
    const given = codeOf(args)
    if (!given) throw new ZvmError(ERROR_CODES.usage, 'compile: name code or --codefile')
    const { code, container, name } = given
    const target = container?.target ?? null
    if (target === 'wasm-lite')
      throw new ZvmError(ERROR_CODES.usage, `${name}: a module of wasm-lite already`, { target })
    const chosen = await tableFor(args, target)
    if (target !== null) refuseOtherTarget(args, chosen, target)
    const table = chosen ?? (await tableOption(args))
    if (code.length === 0) throw new ZvmError(ERROR_CODES.value, `${name}: no code`)
    checkWritable(output)
    const { bytes, units, entries } = compileContract(table, code)
    const isContainer = output.endsWith('.zvm')
    writeAtomically(
      output,
      isContainer ? encodeContainer('wasm-lite', bytes, container?.abiJson ?? NO_BYTES) : bytes,
    )
    const moduleHash = bytesToHex(keccak256(bytes))
    if (args.json)
      printJson({
        ...{ output, table: table.name, codeSizeBytes: code.length },
        ...{ moduleSizeBytes: bytes.length, moduleHash, units, entries },
      })
    else
      print(
        oneLine(`${output}: ${bytes.length} bytes, of ${code.length} of table ${table.name}; ${units} units`),
      )
    return EXIT.ok
  },
}
