import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToHex } from '../core/hex.ts'
import { keccak256 } from '../core/keccak.ts'
import { checkWritable, writeAtomically } from '../host/write-file.ts'
import { readModule } from '../lite/decode.ts'
import { Refusal, refusalError } from '../lite/fault.ts'
import { frameSlots } from '../lite/frame-room.ts'
import { describe, HOST_FUNCTIONS } from '../lite/functions.ts'
import { startGas } from '../lite/instance.ts'
import { meterModule } from '../lite/meter.ts'
import { flag, optionalPath, text } from './arguments.ts'
import { columns } from './columns.ts'
import { EXIT } from './exit-codes.ts'
import { readCodeFile } from './input.ts'
import type { Arguments, Command } from './main.ts'
import { type ModuleContract, moduleContract, readModuleContract } from './module-code.ts'
import { oneLine, print, printJson } from './output.ts'

/** What any of these commands is given. */
const FILE = { type: 'string', describe: 'A module (.wasm), or a container with one' } as const
const LANGUAGE = flag(
  'Only the rules of the language, not those of a contract: any imports of zvm, any exports',
)

/** `zvm lite validate`: exits 1 for a module that is refused, with the rule, the section and the byte. */
export const liteValidate: Command = {
  options: (yargs) =>
    yargs
      .positional('file', FILE)
      .nargs('file', 1)
      .option('language', LANGUAGE)
      .option('json', flag('Print one JSON object'))
      .example('$0 lite validate contract.wasm', 'Tell whether it is a contract, and if not where and why')
      .example(
        '$0 lite validate contract.wasm --json',
        'The same as {valid, rule, section, offset, message}',
      ),

  async run(args) {
    const { code, name } = givenModule(args)
    const refusal = refusalOf(code, args.language === true)
    if (args.json) printJson(verdict(refusal))
    else print(oneLine(refusal ? `${name}: ${refusal.message}` : `${name}: valid`))
    return refusal ? EXIT.failed : EXIT.ok
  },
}

/** `zvm lite meter`: writes the module as it is run. */
export const liteMeter: Command = {
  options: (yargs) =>
    yargs
      .positional('file', FILE)
      .nargs('file', 1)
      .option('output', text('Write to this file, whole or not at all', { alias: 'o' }))
      .option('language', LANGUAGE)
      .option('json', flag('Print one JSON object'))
      .example('$0 lite meter contract.wasm -o metered.wasm', 'Write the module that charges for itself'),

  async run(args) {
    const output = optionalPath(args.output, '--output')
    if (output === null) throw new ZvmError(ERROR_CODES.usage, '--output: name the file to write')
    checkWritable(output)
    const { code, name } = givenModule(args)
    const { module, source } = contractOf(code, name, args.language === true)
    if (source)
      throw new ZvmError(ERROR_CODES.usage, `${name}: charges the gas of ${source.table.name} by itself`)
    const metered = meterModule(module)
    writeAtomically(output, metered)
    if (args.json) printJson({ output, sizeBytes: code.length, meteredSizeBytes: metered.length })
    else print(oneLine(`${output}: ${metered.length} bytes, of ${code.length} before`))
    return EXIT.ok
  },
}

/** `zvm lite inspect`: what a module imports, exports and takes. */
export const liteInspect: Command = {
  options: (yargs) =>
    yargs
      .positional('file', FILE)
      .nargs('file', 1)
      .option('language', LANGUAGE)
      .option('json', flag('Print one JSON object'))
      .example(
        '$0 lite inspect contract.wasm',
        'Imports with their capabilities, memory, frames, gas to start',
      ),

  async run(args) {
    const { code, name } = givenModule(args)
    const facts = factsOf(contractOf(code, name, args.language === true))
    if (args.json) printJson(facts)
    else for (const line of lines(facts)) print(line)
    return EXIT.ok
  },
}

function givenModule(args: Arguments): { code: Uint8Array; name: string } {
  const path = optionalPath(args.file, 'lite')
  if (path === null) throw new ZvmError(ERROR_CODES.usage, 'lite: name a module')
  const { code, name } = readCodeFile(path, false)
  return { code, name }
}

function refusalOf(code: Uint8Array, isLanguage: boolean): Refusal | null {
  try {
    if (isLanguage) readModule(code)
    else moduleContract(code)
    return null
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

function contractOf(code: Uint8Array, name: string, isLanguage: boolean): ModuleContract {
  if (!isLanguage) return readModuleContract(code, name, null)
  const refusal = refusalOf(code, isLanguage)
  if (refusal) throw refusalError(refusal, name)
  return { module: readModule(code), source: null }
}

function verdict(refusal: Refusal | null) {
  if (!refusal) return { valid: true }
  const { rule, section, offset, message } = refusal
  return { valid: false, rule, section, offset, message }
}

function factsOf({ module, source }: ModuleContract) {
  const { bytes, imports, types, memory, table, globals, bodies, exports } = module
  const slots = bodies.map(({ type, localCount, height }) =>
    frameSlots(types[type].params.length, localCount, height),
  )
  return {
    sizeBytes: bytes.length,
    codeHash: bytesToHex(keccak256(bytes)),
    // What was compiled charges for itself, the gas of its table.
    compiledOf: source && { table: source.table.name, codeSizeBytes: source.code.length },
    meteredSizeBytes: source ? null : meterModule(module).length,
    startGas: source ? 0 : startGas(module),
    imports: imports.map(({ name, type }) => ({
      name,
      type: describe(types[type]),
      capability: source ? 'row' : (HOST_FUNCTIONS.find((each) => each.name === name)?.capability ?? null),
    })),
    exports: exports.map(({ name, kind }) => ({ name, kind })),
    memoryPages: memory,
    tableEntries: table,
    globals: globals.length,
    functions: bodies.length,
    largestFrameSlots: Math.max(0, ...slots),
  }
}

function* lines(facts: ReturnType<typeof factsOf>): Generator<string> {
  const limits = (each: { least: number; most: number | null } | null) =>
    each ? `${each.least} to ${each.most ?? 'any'}` : 'none'
  yield* columns([
    ['size', `${facts.sizeBytes} bytes${facts.compiledOf ? '' : `, ${facts.meteredSizeBytes} metered`}`],
    ...(facts.compiledOf
      ? [['compiled of', `${facts.compiledOf.codeSizeBytes} bytes of table ${facts.compiledOf.table}`]]
      : []),
    ['code hash', facts.codeHash],
    ['gas to start', String(facts.startGas)],
    ['memory', `${limits(facts.memoryPages)} pages`],
    ['table', limits(facts.tableEntries)],
    ['code', `${facts.functions} functions, ${facts.globals} globals`],
    ['largest frame', `${facts.largestFrameSlots} slots of 8 bytes`],
  ])
  if (facts.imports.length > 0) yield 'imports'
  for (const line of columns(
    facts.imports.map(({ name, type, capability }) => [name, type, capability ?? 'unknown']),
  ))
    yield `  ${line}`
  if (facts.exports.length > 0) yield 'exports'
  for (const line of columns(facts.exports.map(({ name, kind }) => [oneLine(name), kind]))) yield `  ${line}`
}
