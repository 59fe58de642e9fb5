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
import { CARRIERS, type LiteBody } from './body.ts'
import { writeMain } from './main.ts'
import { LiteModule, ROW } from './module.ts'
import { LANDS, LEFT_OUT, placesOf, SHAPE_BYTES } from './places.ts'
import { type Prelude, preludeOf } from './prelude.ts'
import { functionsOf, items, writeSection } from './sections.ts'
import { ROW_NAME, writeSource } from './source.ts'

/** Longest code that is compiled, in bytes. */
export const SOURCE_LIMIT_BYTES = 1 << 16

/** Entries beyond one for so many bytes of room are left out: they would find none, however short their units. */
const BYTES_AN_ENTRY = 128

/** What is neither the prelude nor code nor of units. */
const OTHER_BYTES = 2048

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
  const entries = entriesOf(prelude, program)
  const room = Math.max(0, MODULE_LIMIT_BYTES - leastModuleBytes(table, code) - OTHER_BYTES)
  const module = new LiteModule(prelude, room)
  const plan = writeCode(module, prelude, program, entries.slice(0, room / BYTES_AN_ENTRY))
  const main = writeMain(module, prelude.run, program, prelude.count, plan.length)
  const bytes = assemble(table.name, prelude, module, main, program, plan)
  if (bytes.length > MODULE_LIMIT_BYTES)
    throw new ZvmError(ERROR_CODES.value, `the rows of table ${table.name} alone take more than a module may`)
  return { bytes, units: plan.filter((position) => position !== LEFT_OUT).length, entries: entries.length }
}

/** What a module made of code has at the least, in bytes: the code, and what all modules of the table have. */
export function leastModuleBytes(table: Table, code: Uint8Array): number {
  return preludeOf(table.opcodes).functions.bodies.bytes.length + code.length
}

/** Writes the units for which there is room. Gives the position of each, LEFT_OUT where there was none. */
function writeCode(
  module: LiteModule,
  { opcodes, helpers }: Prelude,
  program: Program,
  entries: readonly number[],
): number[] {
  // What is in front is written first.
  const units = writeUnits(module, opcodes, program, [...entries].reverse(), helpers, MODULE_LIMIT_BYTES)!
  return [...(units as unknown as ReadonlyMap<number, LiteBody>)].map(([position, unit]) => {
    if (unit.isThere) return position
    unit.leaveOut(position, helpers.leave)
    return LEFT_OUT
  })
}

function assemble(
  name: string,
  prelude: Prelude,
  module: LiteModule,
  main: Callable,
  program: Program,
  unitPlan: readonly number[],
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
    [places.plan, planOf(prelude.opcodes, unitPlan)],
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
function planOf(opcodes: readonly Opcode[], units: readonly number[]): Uint8Array {
  const plan = new Uint8Array(SHAPE_BYTES + 4 * units.length)
  for (const [code, { size, row }] of opcodes.entries())
    plan[code] = size | (hasFlag(row, JUMPDEST) ? LANDS : 0)
  const view = new DataView(plan.buffer, SHAPE_BYTES)
  for (const [i, position] of units.entries()) view.setInt32(4 * i, position, true)
  return plan
}
