import { disassemble, disassemblyLines, type Instruction } from '../core/disassembler.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToHex } from '../core/hex.ts'
import { keccak256 } from '../core/keccak.ts'
import type { Table } from '../core/table.ts'
import { HEADER_BYTES } from '../runtime/container.ts'
import { type ContractAbi, signatureOf } from '../runtime/contract-abi.ts'
import { flag } from './arguments.ts'
import { columns } from './columns.ts'
import { EXIT } from './exit-codes.ts'
import { codeOf, codeOptions, type GivenCode } from './input.ts'
import type { Arguments, Command } from './main.ts'
import { oneLine, print, printJson } from './output.ts'
import { tableFor, tableOption, tableOptions } from './table.ts'

/** `zvm inspect`: what a container, or bare code, holds. */
export const inspect: Command = {
  options: (yargs) =>
    codeOptions(tableOptions(yargs))
      .option('disasm', flag('List the instructions too'))
      .option('json', flag('Print one JSON object'))
      .example('$0 inspect program.zvm', 'Target, sizes, hash, functions with selectors, capabilities')
      .example('$0 inspect program.zvm --disasm --json', 'The same and the instructions, for machines'),

  async run(args) {
    const given = codeOf(args)
    if (!given) throw new ZvmError(ERROR_CODES.usage, 'inspect: name a file')
    const table = await tableOf(args, given)
    if (args.disasm && !table)
      throw new ZvmError(ERROR_CODES.usage, `--disasm: ${given.container?.target} has no table of opcodes`)
    if (args.json) printJson(plainFacts(args, given, table))
    else for (const line of lines(args, given, table)) print(line)
    return EXIT.ok
  },
}

/** Null for a container whose code is no table's. */
async function tableOf(args: Arguments, { container }: GivenCode): Promise<Table | null> {
  const target = container?.target ?? null
  if (target === 'wasm-lite') return null
  return (await tableFor(args, target)) ?? tableOption(args)
}

/** What is counted of the instructions. */
interface Counts {
  readonly instructions: number
  readonly jumpDestinations: number
  /** Bytes that are no instruction of the table's, data behind code among them. */
  readonly undefinedBytes: number
}

function count(instructions: readonly Instruction[], code: Uint8Array, table: Table): Counts {
  const { jumpDestinations } = table.program(code)
  return {
    instructions: instructions.length,
    jumpDestinations: jumpDestinations.reduce((sum, each) => sum + each, 0),
    undefinedBytes: instructions.filter(({ name }) => name === null).length,
  }
}

function plainFacts(args: Arguments, { name, code, container }: GivenCode, table: Table | null) {
  const instructions = table && disassemble(code, table)
  return {
    name,
    container: container && {
      ...{ version: 1, target: container.target, abiSizeBytes: container.abiJson.length },
      sizeBytes: HEADER_BYTES + code.length + container.abiJson.length,
    },
    codeSizeBytes: code.length,
    codeHash: bytesToHex(keccak256(code)),
    ...(table && instructions ? { table: table.name, ...count(instructions, code, table) } : {}),
    ...(container ? { abi: container.abi } : {}),
    ...(args.disasm ? { disassembly: instructions } : {}),
  }
}

function* lines(args: Arguments, given: GivenCode, table: Table | null): Generator<string> {
  const { name, code, container } = given
  const facts: [string, string][] = [['file', oneLine(name)]]
  if (container) {
    const sizes = [HEADER_BYTES, code.length, container.abiJson.length]
    const [header, codeSize, abiSize] = sizes
    facts.push(['format', 'container, version 1'], ['target', container.target])
    const total = header + codeSize + abiSize
    facts.push(['size', `${total} bytes: header ${header}, code ${codeSize}, ABI ${abiSize}`])
  } else facts.push(['format', 'bare code'], ['size', `${code.length} bytes`])
  facts.push(['code hash', bytesToHex(keccak256(code))])
  if (table) {
    const { instructions, jumpDestinations, undefinedBytes } = count(disassemble(code, table), code, table)
    facts.push(['table', table.name])
    const rest = `${jumpDestinations} jump destinations, ${undefinedBytes} undefined bytes`
    facts.push(['code', `${instructions} instructions, ${rest}`])
  }
  if (container?.abi) facts.push(['contract', container.abi.contract])
  yield* columns(facts)
  if (container?.abi) yield* abiLines(container.abi)
  if (!args.disasm || !table) return
  yield ''
  yield* disassemblyLines(code, table)
}

function* abiLines(abi: ContractAbi): Generator<string> {
  yield* section('functions', abi.functions, (each) => {
    const { name, selector, inputs, outputs, visibility, mutability } = each
    return [selector, `${signatureOf(name, inputs)} -> ${signatureOf('', outputs)}`, visibility, mutability]
  })
  yield* section('events', abi.events, ({ topic, signature, visibility, fields }) => {
    const indexed = fields.filter((field) => field.indexed).map(({ name }, i) => name || `#${i}`)
    return [topic, signature, visibility, indexed.length > 0 ? `indexed ${indexed.join(', ')}` : '']
  })
  yield* section('state variables', abi.state_variables, ({ slot, name, type, visibility }) => {
    return [`slot ${slot}`, `${name}: ${type}`, visibility]
  })
  yield* section('tables', abi.tables, ({ slot, name, key_type, value_type, visibility }) => {
    return [`slot ${slot}`, `${name}: ${key_type} -> ${value_type}`, visibility]
  })
  yield* section('capabilities', abi.capabilities, (name) => [name])
}

function* section<T>(title: string, items: readonly T[], cells: (item: T) => string[]): Generator<string> {
  if (items.length === 0) return
  yield title
  for (const line of columns(items.map(cells))) yield `  ${line}`
}
