import type { Program } from '../../core/program.ts'
import type { InstructionSet, Opcode } from '../../core/table.ts'
import * as CELL from '../cells.ts'
import { load32, load64, TYPE_I32 } from '../expr.ts'
import { HELPER_NAMES, type Helpers, LINKED, LINKED_HELPERS, SHIFTS, writeHelpers } from '../helpers.ts'
import { ModuleBuilder } from '../module.ts'
import { UNIT } from '../ways-out.ts'
import { type UnitContext, type UnitFunction, UnitWriter } from './unit.ts'

/** Units by number: 0 leaves to the interpreter, the helpers are none, and then come those of the program. */
export const FIRST_UNIT = HELPER_NAMES.length

/** Units are told apart by 16 bits. */
const MOST_UNITS = 0x10000 - FIRST_UNIT

/** A larger translation is refused: it costs the host more than it can win. */
const MOST_BYTES = 1 << 22

/** (unit or byte) → halt. */
const ENTER = { params: [TYPE_I32], results: [TYPE_I32] } as const

/** A program as a module. */
export interface Compiled {
  readonly bytes: Uint8Array
  /** Positions of the code at which a unit begins: the first is unit FIRST_UNIT. */
  readonly positions: readonly number[]
}

/**
 * Translates what of a program is hot: a unit for each of the positions `entries`, and for what continues them. The
 * module exports `enter` (unit) → halt, which goes on from where the cells say. Null where it would be too large.
 */
export function compileProgram(
  set: InstructionSet,
  program: Program,
  entries: readonly number[],
  pages: number,
): Compiled | null {
  const module = new ModuleBuilder(LINKED)
  const helpers = { ...LINKED_HELPERS, ...writeHelpers(module, Object.entries(SHIFTS)) }
  const units = writeUnits(module, set.opcodes, program, entries, helpers, MOST_BYTES)
  if (!units || units.size > MOST_UNITS) return null
  module.table([...units.values()])
  writeEnter(module)
  return { bytes: module.build(pages), positions: [...units.keys()] }
}

/**
 * Writes the units into a module: each, then those that continue it, the last of `entries` first. Gives them by position;
 * null where they take more bytes than `most`.
 */
export function writeUnits(
  module: ModuleBuilder,
  opcodes: readonly Opcode[],
  { bytes, sizeBytes, jumpDestinations }: Program,
  entries: readonly number[],
  helpers: Helpers,
  most: number,
): Map<number, UnitFunction> | null {
  const hot = new Set(entries)
  const units = new Map<number, UnitFunction>()
  const queue: number[] = []
  const unitAt = (position: number): UnitFunction => {
    const known = units.get(position)
    if (known) return known
    const fn = module.function(UNIT)
    units.set(position, fn)
    queue.push(position)
    return fn
  }
  const context: UnitContext = {
    bytes,
    sizeBytes,
    helpers,
    opcodes,
    isLanding: (position) => jumpDestinations[position] === 1,
    unitAt: (position) => (hot.has(position) ? unitAt(position) : units.get(position)),
    continuationAt: unitAt,
  }
  for (const position of entries) unitAt(position)
  let size = 0
  while (queue.length > 0) {
    const position = queue.pop()!
    const fn = unitAt(position)
    fn.repeatable(() => new UnitWriter(context, fn, position).write())
    size += fn.sizeBytes
    if (size > most) return null
  }
  return units
}

function writeEnter(module: ModuleBuilder): void {
  const fn = module.function(ENTER)
  const state = [load64(CELL.gas), load32(CELL.sp), load32(CELL.budget)]
  fn.tailCallIndirect(fn.args[0], UNIT, state)
  module.export('enter', fn)
}
