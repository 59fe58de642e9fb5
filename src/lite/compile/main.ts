import type { Program } from '../../core/program.ts'
import * as FORMAT from '../../wasm/binary-format.ts'
import * as CELL from '../../wasm/cells.ts'
import {
  add32,
  and32,
  eqz32,
  geU32,
  i32,
  instruction,
  load8,
  load16,
  load32,
  load64,
  ltS32,
  ltU32,
  or32,
  shl32,
  shrU32,
  sub32,
  TYPE_I32,
} from '../../wasm/expr.ts'
import { callExpr, type FunctionBuilder, type Local } from '../../wasm/function.ts'
import * as LANDING from '../../wasm/landing.ts'
import type { Callable, ModuleBuilder } from '../../wasm/module.ts'
import { UNIT } from '../../wasm/ways-out.ts'
import { GO_ON } from './body.ts'
import { HALT, LANDS, type Places, PREPARED, placesOf, SHAPE_BYTES } from './places.ts'

/**
 * Writes `main` () → (): goes on from where the cells say, in units where there are some and the interpreter `run` where
 * not, as the tier does, until a row gives a halt or the budget is used up, which HALT tells.
 */
export function writeMain(
  module: ModuleBuilder,
  run: Callable,
  program: Program,
  firstUnit: number,
  unitCount: number,
): Callable {
  const fn = module.function({ params: [], results: [] })
  const places = placesOf(program)
  fn.if(eqz32(load32(PREPARED)), () => {
    fn.store32(PREPARED, 1)
    writeLandings(fn, program, places)
    if (unitCount > 0) writePositions(fn, places, firstUnit, unitCount)
  })
  const unit = fn.local(TYPE_I32)
  const halt = fn.local(TYPE_I32)
  // What a unit leaves, with budget left, is an instruction for the interpreter.
  const isLeft = fn.let(i32(0))
  fn.loop((next) => {
    fn.set(unit, 0)
    // Gas of 2^63 and more is left to the interpreter.
    fn.if(eqz32(or32(isLeft, ltS32(load32(CELL.gas + 4), 0))), () => {
      const position = sub32(load32(CELL.pc), load32(CELL.codeBase))
      fn.set(unit, load16(add32(load32(CELL.units), shl32(position, 1))))
    })
    fn.set(isLeft, unit)
    fn.if(
      unit,
      () => writeUnitLoop(fn, module.typeOf(UNIT), unit, halt),
      () => fn.set(halt, callExpr(run, [])),
    )
    fn.if(eqz32(halt), () => fn.brIf(next, load32(CELL.budget)))
  })
  fn.store32(HALT, halt)
  return fn
}

/** Runs units until one gives a halt. */
function writeUnitLoop(
  fn: FunctionBuilder,
  type: number,
  unit: Local<TYPE_I32>,
  halt: Local<TYPE_I32>,
): void {
  fn.block((end) =>
    fn.loop((again) => {
      const state = [load64(CELL.gas), load32(CELL.sp), load32(CELL.budget), unit]
      fn.set(halt, instruction(TYPE_I32, state, FORMAT.callIndirect, type, 0))
      fn.brIf(end, ltU32(halt, GO_ON))
      fn.set(unit, sub32(halt, GO_ON))
      fn.set(halt, 0)
      fn.brIf(again, unit)
    }),
  )
}

/** A byte a position that says where a jump may land: as `Program` finds it. */
function writeLandings(fn: FunctionBuilder, { sizeBytes }: Program, { code, landings, plan }: Places): void {
  const at = fn.let(i32(0))
  const shape = fn.local(TYPE_I32)
  fn.block((end) =>
    fn.loop((next) => {
      fn.brIf(end, geU32(at, sizeBytes))
      fn.set(shape, load8(load8(at, code), plan))
      fn.store8(at, shrU32(shape, 7), landings)
      fn.set(at, add32(at, and32(shape, LANDS - 1)))
      fn.br(next)
    }),
  )
}

/** Says at each position of a unit which it is, unless it is left out. */
function writePositions(
  fn: FunctionBuilder,
  { landings, units, plan }: Places,
  firstUnit: number,
  count: number,
): void {
  const i = fn.let(i32(0))
  const position = fn.local(TYPE_I32)
  fn.loop((next) => {
    fn.set(position, load32(shl32(i, 2), plan + SHAPE_BYTES))
    fn.if(eqz32(ltS32(position, 0)), () => {
      fn.store8(position, or32(load8(position, landings), LANDING.compiled), landings)
      const unit = fn.let(add32(i, firstUnit))
      fn.store8(shl32(position, 1), unit, units)
      fn.store8(shl32(position, 1), shrU32(unit, 8), units + 1)
    })
    fn.set(i, add32(i, 1))
    fn.brIf(next, ltU32(i, count))
  })
}
