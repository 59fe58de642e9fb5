import * as CELL from './cells.ts'
import { add32, load32, TYPE_I32, TYPE_I64, type ValueType } from './expr.ts'
import type { FunctionBuilder } from './function.ts'
import type { Callables } from './module.ts'

/** (gas, address after the topmost operand, instructions that may still be begun) → halt: a compiled unit. */
export const UNIT = { params: [TYPE_I64, TYPE_I32, TYPE_I32], results: [TYPE_I32] } as const

/** (state, position, halt or byte) → halt: a way out of units. */
export const LEAVE = { params: [...UNIT.params, TYPE_I32, TYPE_I32], results: [TYPE_I32] } as const

/** Writes the unit 0: a jump to where nothing is compiled. The position is in its cell already. */
export function writeOutside(fn: FunctionBuilder<typeof UNIT.params>): void {
  storeState(fn)
  fn.return(0)
}

/** Writes what puts into the cells where execution stands, and gives a halt. */
export function writeLeave(fn: FunctionBuilder<typeof LEAVE.params>): void {
  storePosition(fn)
  fn.return(fn.args[4])
}

/** Writes what has the row at a byte executed by the host. */
export function writeCallOut(
  fn: FunctionBuilder<typeof LEAVE.params>,
  { execute }: Callables<'execute'>,
): void {
  storePosition(fn)
  fn.tailCall(execute, [fn.args[4]])
}

function storeState(fn: FunctionBuilder<readonly [TYPE_I64, TYPE_I32, TYPE_I32, ...ValueType[]]>): void {
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
