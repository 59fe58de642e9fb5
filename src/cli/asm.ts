import { realpathSync } from 'node:fs'
import { basename, dirname, extname, isAbsolute, join, sep } from 'node:path'
import { type Assembly, assembleText, type Surroundings } from '../core/assembler.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToHex } from '../core/hex.ts'
import type { Table } from '../core/table.ts'
import { decodeUtf8 } from '../core/utf8.ts'
import { readBytes, reasonOf } from '../host/read-file.ts'
import { checkWritable, writeAtomically } from '../host/write-file.ts'
import { containerOf } from '../runtime/assembled.ts'
import { ABI_LIMIT_BYTES, TARGETS, type Target } from '../runtime/container.ts'
import { flag, optionalPath, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { readText, sourceName } from './input.ts'
import type { Arguments, Command } from './main.ts'
import { oneLine, print, printJson } from './output.ts'
import { chosenTable, refuseFork, refuseOtherTarget, tableOptions } from './table.ts'
import { tableOfTarget } from './target-table.ts'

/** What the bytes are that come out: a `.zvm` file, the code's hex as text, or the code's own bytes. */
const FORMATS = ['container', 'hex', 'raw'] as const
type Format = (typeof FORMATS)[number]

/** `zvm asm`: text to a container in a file, or to bytecode on stdout as hex. */
export const asm: Command = {
  options: (yargs) =>
    tableOptions(yargs)
      .positional('file', { type: 'string', describe: 'Assembly text; stdin if left out, or -' })
      .nargs('file', 1)
      .option('output', text('Write to this file, whole or not at all', { alias: 'o' }))
      .option(
        'format',
        text('container (default with --output), hex (default without), or raw: the bytes of the code', {
          choices: FORMATS,
        }),
      )
      .option('json', flag('Print one JSON object'))
      .example('echo "PUSH 2 PUSH 3 ADD" | $0 asm -', 'Assemble from a pipe')
      .example('$0 asm program.zasm -o program.zvm', 'Write a container'),

  async run(args) {
    const file = optionalPath(args.file, 'asm') ?? '-'
    const output = optionalPath(args.output, '--output')
    const format = (args.format as Format | undefined) ?? (output === null ? 'hex' : 'container')
    if (output === null && format === 'raw')
      throw new ZvmError(ERROR_CODES.usage, '--format: raw bytes go to a file; name it with --output')
    if (output !== null) checkWritable(output)
    const { assembly, target, container } = await assembleFile(args, file)
    const bytes = format === 'container' ? container : assembly.code
    if (output !== null) writeAtomically(output, format === 'hex' ? `${bytesToHex(bytes)}\n` : bytes)
    show(args, assembly, { target, output, bytes })
    return EXIT.ok
  },
}

/** What a text assembles to, the target it is for, and its container. Throws what is wrong with text, file or options. */
export async function assembleFile(
  args: Arguments,
  file: string,
): Promise<{ assembly: Assembly; target: Target; container: Uint8Array }> {
  const chosen = await chosenTable(args)
  const assembly = assembleText(readText(file), oneLine(sourceName(file)), surroundings(file, chosen, args))
  const target = targetOf(assembly)
  return { assembly, target, container: containerOf(assembly, target, nameOf(file)) }
}

interface Written {
  readonly target: Target
  readonly output: string | null
  readonly bytes: Uint8Array
}

function show(args: Arguments, { code, table }: Assembly, { target, output, bytes }: Written): void {
  const to = output === null ? {} : { output, outputSizeBytes: bytes.length }
  if (args.json)
    printJson({ code: bytesToHex(code), sizeBytes: code.length, target, table: table.name, ...to })
  else if (output === null) print(bytesToHex(bytes))
}

function surroundings(file: string, chosen: Table | null, args: Arguments): Surroundings {
  return {
    tableOf(name) {
      const target = name === null ? 'evm' : asTarget(name)
      if (target === 'wasm-lite')
        throw new ZvmError(ERROR_CODES.usage, 'the target wasm-lite has no table of opcodes', { target })
      refuseFork(args, target)
      if (name !== null) refuseOtherTarget(args, chosen, target)
      return chosen ?? tableOfTarget(target)
    },
    readAbi: (path) => readBeside(file, path),
  }
}

function asTarget(name: string): Target {
  const target = TARGETS.find((each) => each === name)
  if (target === undefined)
    throw new ZvmError(
      ERROR_CODES.usage,
      `unknown target ${JSON.stringify(name.slice(0, 40))}; known: zvm, evm`,
    )
  return target
}

/** What the text says, else what its table is for: every table but the native one is the EVM's, or made from it. */
function targetOf({ target, table }: Assembly): Target {
  if (target !== null) return asTarget(target)
  return table === tableOfTarget('zvm') ? 'zvm' : 'evm'
}

/** The text of a file in the folder of another one, or below it. Throws IO or VALUE. */
function readBeside(file: string, path: string): string {
  if (file === '-')
    throw new ZvmError(ERROR_CODES.value, `${path}: a text from stdin has no folder to look in`)
  const folder = dirname(file)
  const found = isAbsolute(path) ? path : join(folder, path)
  if (!realPath(found, path).startsWith(realPath(folder, folder).replace(/[/\\]?$/, sep)))
    throw new ZvmError(ERROR_CODES.value, `${path}: outside of the folder of ${basename(file)}`)
  const bytes = readBytes(found, ABI_LIMIT_BYTES, path)
  if (bytes.length > ABI_LIMIT_BYTES)
    throw new ZvmError(ERROR_CODES.value, `${path}: longer than ${ABI_LIMIT_BYTES} bytes`)
  return decodeUtf8(bytes, path)
}

function realPath(path: string, name: string): string {
  try {
    return realpathSync(path)
  } catch (cause) {
    throw new ZvmError(ERROR_CODES.io, `${name}: ${reasonOf(cause)}`, { path: name }, cause)
  }
}

/** What a contract is called that nobody named: as its file, with nothing in it that a name may not have. */
function nameOf(file: string): string {
  const name = basename(file, extname(file)).replace(/[^\x20-\x7e]/g, '_')
  return file === '-' || name === '' ? 'contract' : name.slice(0, 100)
}
