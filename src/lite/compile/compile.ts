import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { ROUND_CONSTANTS } from '../../core/keccak-plain.ts'
import { KECCAK_SCRATCH } from '../../core/keccak-wasm.ts'
import type { Program } from '../../core/program.ts'
import { hasFlag, JUMPDEST } from '../../core/row.ts'
import type { Opcode, Table } from '../../core/table.ts'
import * as FORMAT from '../../wasm/binary-format.ts'
import { ByteWriter } from '../../wasm/bytes.ts'
import { writeUnits } from '../../wasm/compiler/compile.ts'
import { entriesOf } from '../../wasm/compiler/translation.ts'
import { TYPE_I64 } from '../../wasm/expr.ts'
import { PAGE } from '../../wasm/layout.ts'
import type { Callable } from '../../wasm/module.ts'
import { HEADER } from '../../wasm/module.ts'
import { MODULE_LIMIT_BYTES, PAGE_LIMIT } from '../module.ts'
import { CARRIERS } from './body.ts'
import { writeMain } from './main.ts'
import { LiteModule, ROW } from './module.ts'
import { LANDS, placesOf, SHAPE_BYTES } from './places.ts'
import { type Prelude, preludeOf } from './prelude.ts'
import { functionsOf, items, writeSection } from './sections.ts'
import { ROW_NAME, writeSource } from './source.ts'

/** Longest code that is compiled, in bytes. */
export const SOURCE_LIMIT_BYTES = 1 << 16

/** Entries beyond so many would not fit, however short their units. */
const MOST_ENTRIES = 1024

/** Kept beside the units for the parts of a module that grow with their number. */
const BYTES_A_UNIT = 16

/** A module made of bytecode. */
export interface CompiledContract {
  readonly bytes: Uint8Array
  /** Instructions at which a unit begins, of so many that might. */
  readonly units: number
  readonly entries: number
}

/**
 * The code of a table as a module of wasm-lite that charges the gas of the table by itself: its hot parts translated as
 * the compiled tier does, the interpreter for the rest. The same code gives the same bytes. What does not fit into
 * 256 KiB is left to the interpreter, the entries behind first. Throws VALUE where the code is too long.
 */
export function compileContract(table: Table, code: Uint8Array): CompiledContract {
  if (code.length > SOURCE_LIMIT_BYTES)
    throw new ZvmError(
      ERROR_CODES.value,
      `code of ${code.length} bytes; at most ${SOURCE_LIMIT_BYTES} are compiled`,
    )
  const prelude = preludeOf(table.opcodes)
  const program = table.program(code)
  const all = entriesOf(prelude, program)
  let entries = all.slice(0, MOST_ENTRIES)
  for (;;) {
    const linked = link(table.name, prelude, program, entries)
    if (typeof linked === 'object') return { ...linked, entries: all.length }
    if (entries.length === 0)
      throw new ZvmError(
        ERROR_CODES.value,
        `the rows of table ${table.name} alone take more than a module may`,
      )
    entries = entries.slice(0, Math.min(linked, Math.floor(entries.length * 0.75)))
  }
}

/** Where the module would be too long with all of these entries, how many of them may fit. */
function link(
  name: string,
  prelude: Prelude,
  program: Program,
  entries: readonly number[],
): Omit<CompiledContract, 'entries'> | number {
  const module = new LiteModule(prelude)
  const fixed = prelude.functions.bodies.bytes.length + program.sizeBytes
  const room = MODULE_LIMIT_BYTES - fixed - BYTES_A_UNIT * entries.length
  const units = writeUnits(module, prelude.opcodes, program, entries, prelude.helpers, room)
  if (!units) return module.written - 1
  const positions = [...units.keys()]
  const main = writeMain(module, prelude.run, program, prelude.count, positions.length)
  const bytes = assemble(name, prelude, module, main, program, positions)
  return bytes.length > MODULE_LIMIT_BYTES ? entries.length : { bytes, units: positions.length }
}

function assemble(
  name: string,
  prelude: Prelude,
  module: LiteModule,
  main: Callable,
  program: Program,
  positions: readonly number[],
): Uint8Array {
  const rowType = module.typeOf(ROW)
  const types = [...module.types]
  const own = functionsOf(module.build(1))
  const count = prelude.count + own.types.count
  const places = placesOf(program)
  const out = ByteWriter.empty()
  out.bytes(HEADER)
  writeSource(out, name)
  const section = <T>(id: number, values: readonly T[], write: (item: ByteWriter, value: T) => void) =>
    writeSection(out, id, items(values, write))
  section(FORMAT.types, types, (item, { params, results }) => {
    item.byte(0x60)
    for (const list of [params, results]) {
      item.unsigned(list.length)
      item.bytes(list)
    }
  })
  section(FORMAT.imports, [ROW_NAME], (item, row) => {
    item.name('zvm')
    item.name(row)
    item.byte(FORMAT.functionKind)
    item.unsigned(rowType)
  })
  writeSection(out, FORMAT.functions, prelude.functions.types, own.types)
  // All functions by their own index: units go on in one another by way of it.
  section(FORMAT.tables, [count], (item, size) => {
    item.bytes([FORMAT.funcref, 1])
    item.unsigned(size)
    item.unsigned(size)
  })
  section(FORMAT.memories, [places], (item, { memories }) => {
    item.byte(1)
    item.unsigned(memories / PAGE)
    item.unsigned(PAGE_LIMIT)
  })
  section(FORMAT.globals, Array(CARRIERS).fill(0), (item) =>
    item.bytes([TYPE_I64, 1, FORMAT.const64, 0, FORMAT.end]),
  )
  section(
    FORMAT.exports,
    [
      ['main', FORMAT.functionKind, main.index],
      ['memory', FORMAT.memoryKind, 0],
    ] as const,
    (item, [exported, kind, index]) => {
      item.name(exported)
      item.byte(kind)
      item.unsigned(index)
    },
  )
  section(FORMAT.elements, [count], (item, size) => {
    item.bytes([0, FORMAT.const32, 0, FORMAT.end])
    item.unsigned(size)
    for (let index = 0; index < size; index++) item.unsigned(index)
  })
  writeSection(out, FORMAT.code, prelude.functions.bodies, own.bodies)
  const data: [number, Uint8Array][] = [
    [places.code, program.code],
    [KECCAK_SCRATCH, new Uint8Array(ROUND_CONSTANTS.buffer)],
    [places.plan, planOf(prelude.opcodes, positions)],
  ]
  section(FORMAT.data, data, (item, [at, bytes]) => {
    item.bytes([0, FORMAT.const32])
    item.signed(at)
    item.byte(FORMAT.end)
    item.unsigned(bytes.length)
    item.bytes(bytes)
  })
  const bytes = out.take()
  out.release()
  return bytes
}

/** See Places. */
function planOf(opcodes: readonly Opcode[], positions: readonly number[]): Uint8Array {
  const plan = new Uint8Array(SHAPE_BYTES + 4 * positions.length)
  for (const [code, { size, row }] of opcodes.entries())
    plan[code] = size | (hasFlag(row, JUMPDEST) ? LANDS : 0)
  const view = new DataView(plan.buffer, SHAPE_BYTES)
  for (const [i, position] of positions.entries()) view.setUint32(4 * i, position, true)
  return plan
}
