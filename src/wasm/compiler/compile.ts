import type { Program } from '../../core/program.ts'
import type { InstructionSet } from '../../core/table.ts'
import * as CELL from '../cells.ts'
import { add32, i32, load32, load64 } from '../expr.ts'
import type { FunctionBuilder } from '../function.ts'
import { importHelpers } from '../helpers.ts'
import { type Callable, ModuleBuilder } from '../module.ts'
import { UNIT_SIGNATURE, type UnitContext, UnitWriter } from './unit.ts'

/** Units are told apart by 16 bits; 0 leaves to the interpreter. */
const MOST_UNITS = 0xffff

/** A larger translation is refused: it costs the host more than it can win. */
const MOST_BYTES = 1 << 22

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
  const execute = module.importFunction('execute', ['i32'], ['i32'])
  const environment = module.importFunction('environment', ['i32'], [])
  const helpers = importHelpers(module)
  const outside = writeOutside(module)
  const hot = new Set(entries)
  const units = new Map<number, FunctionBuilder>()
  const queue: number[] = []
  const unitAt = (position: number): FunctionBuilder => {
    const known = units.get(position)
    if (known) return known
    const fn = module.function(UNIT_SIGNATURE.params, UNIT_SIGNATURE.results)
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
  const fn = module.function(UNIT_SIGNATURE.params, UNIT_SIGNATURE.results)
  storeState(fn)
  fn.return(i32(0))
  return fn
}

function writeLeave(module: ModuleBuilder): Callable {
  const fn = module.function([...UNIT_SIGNATURE.params, 'i32', 'i32'], ['i32'])
  storeState(fn)
  storePosition(fn)
  fn.return(fn.param(4, 'i32'))
  return fn
}

function writeCallOut(module: ModuleBuilder, execute: Callable): Callable {
  const fn = module.function([...UNIT_SIGNATURE.params, 'i32', 'i32'], ['i32'])
  storeState(fn)
  storePosition(fn)
  fn.tailCall(execute, [fn.param(4, 'i32')])
  return fn
}

function writeEnter(module: ModuleBuilder): void {
  const fn = module.function(['i32'], ['i32'])
  const state = [load64(i32(CELL.gas)), load32(i32(CELL.sp)), load32(i32(CELL.budget))]
  fn.tailCallIndirect(fn.param(0, 'i32'), UNIT_SIGNATURE, state)
  module.export('enter', fn)
}

function storeState(fn: FunctionBuilder): void {
  fn.store64(i32(CELL.gas), fn.param(0, 'i64'))
  fn.store32(i32(CELL.sp), fn.param(1, 'i32'))
  fn.store32(i32(CELL.budget), fn.param(2, 'i32'))
}

/** The parameter after the state is a position of the code. */
function storePosition(fn: FunctionBuilder): void {
  fn.store32(i32(CELL.pc), add32(load32(i32(CELL.codeBase)), fn.param(3, 'i32')))
}
