import type { Program } from '../../core/program.ts'
import type { InstructionSet } from '../../core/table.ts'
import * as CELL from '../cells.ts'
import { add32, load32, load64, type ValueType } from '../expr.ts'
import type { FunctionBuilder } from '../function.ts'
import { importHelpers } from '../helpers.ts'
import { type Callable, ModuleBuilder } from '../module.ts'
import { UNIT_SIGNATURE, type UnitContext, type UnitFunction, UnitWriter } from './unit.ts'

/** Units are told apart by 16 bits; 0 leaves to the interpreter. */
const MOST_UNITS = 0xffff

/** A larger translation is refused: it costs the host more than it can win. */
const MOST_BYTES = 1 << 22

/** (state, position, halt or byte) → halt: a way out of units. */
const LEAVE = { params: [...UNIT_SIGNATURE.params, 'i32', 'i32'], results: ['i32'] } as const

/** (unit or byte) → halt. */
const ENTER = { params: ['i32'], results: ['i32'] } as const

/** A program as a module. */
export interface Compiled {
  readonly bytes: Uint8Array
  /** Positions of the code at which a unit begins: the first is unit 1. */
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
  const module = new ModuleBuilder()
  const execute = module.importFunction('execute', ENTER)
  const environment = module.importFunction('environment', { params: ['i32'], results: [] })
  const helpers = importHelpers(module)
  const outside = writeOutside(module)
  const hot = new Set(entries)
  const units = new Map<number, UnitFunction>()
  const queue: number[] = []
  const unitAt = (position: number): UnitFunction => {
    const known = units.get(position)
    if (known) return known
    const fn = module.function(UNIT_SIGNATURE)
    units.set(position, fn)
    queue.push(position)
    return fn
  }
  const { bytes, sizeBytes, jumpDestinations } = program
  const context: UnitContext = {
    ...{ bytes, sizeBytes, environment, opcodes: set.opcodes, words: { helpers } },
    leave: writeLeave(module),
    callOut: writeCallOut(module, execute),
    isLanding: (position) => jumpDestinations[position] === 1,
    unitAt: (position) => (hot.has(position) ? unitAt(position) : null),
    continuationAt: unitAt,
  }
  for (const position of entries) unitAt(position)
  let size = 0
  for (let i = 0; i < queue.length; i++) {
    const fn = unitAt(queue[i])
    new UnitWriter(context, fn, queue[i]).write()
    size += fn.sizeBytes
    if (size > MOST_BYTES || units.size > MOST_UNITS) return null
  }
  module.table([outside, ...units.values()])
  writeEnter(module)
  return { bytes: module.build(pages), positions: [...units.keys()] }
}

/** The unit 0: a jump to where nothing is compiled. The position is in its cell already. */
function writeOutside(module: ModuleBuilder): Callable {
  const fn = module.function(UNIT_SIGNATURE)
  storeState(fn)
  fn.return(0)
  return fn
}

function writeLeave(module: ModuleBuilder): Callable {
  const fn = module.function(LEAVE)
  storePosition(fn)
  fn.return(fn.args[4])
  return fn
}

function writeCallOut(module: ModuleBuilder, execute: Callable): Callable {
  const fn = module.function(LEAVE)
  storePosition(fn)
  fn.tailCall(execute, [fn.args[4]])
  return fn
}

function writeEnter(module: ModuleBuilder): void {
  const fn = module.function(ENTER)
  const state = [load64(CELL.gas), load32(CELL.sp), load32(CELL.budget)]
  fn.tailCallIndirect(fn.args[0], UNIT_SIGNATURE, state)
  module.export('enter', fn)
}

function storeState(fn: FunctionBuilder<readonly ['i64', 'i32', 'i32', ...ValueType[]]>): void {
  const [gas, top, budget] = fn.args
  fn.store64(CELL.gas, gas)
  fn.store32(CELL.sp, top)
  fn.store32(CELL.budget, budget)
}

/** The state, and after it a position of the code. */
function storePosition(fn: FunctionBuilder<typeof LEAVE.params>): void {
  storeState(fn)
  fn.store32(CELL.pc, add32(load32(CELL.codeBase), fn.args[3]))
}
