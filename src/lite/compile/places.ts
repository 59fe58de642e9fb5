import type { Program } from '../../core/program.ts'
import { align, PAGE, PROGRAMS, STACK_BYTES } from '../../wasm/layout.ts'
import { PAGE_LIMIT } from '../module.ts'

/**
 * Where things lie in the memory of a compiled module. Below PROGRAMS it is as in the memory of the tiers, two cells more
 * (see src/wasm/layout.ts); from there on:
 *
 *     code      with its padding, then a byte and 16 bits a position, as there
 *     plan      a byte an opcode, its size and in bit 7 whether a jump may land on it; then the position of each unit, or
 *               LEFT_OUT, 32 bits each: what the maps of positions are made of when the module first runs
 *     stacks    operand stacks of the frames, each with its calldata before it
 *     memories  of the frames; grows
 */
export interface Places {
  readonly code: number
  readonly landings: number
  readonly units: number
  readonly plan: number
  readonly stacks: number
  readonly memories: number
}

/** Why `main` came back, i32: a halt, or 0 where the budget is used up. */
export const HALT = 240
/** 1 once the maps of positions are made, i32. */
export const PREPARED = 244

/** Bytes of the plan before the positions. */
export const SHAPE_BYTES = 256

/** In a byte of the shape, beside the size of the opcode. */
export const LANDS = 0x80

/** In the place of the position of a unit that only has the interpreter go on. */
export const LEFT_OUT = -1

/** 64 full stacks: what finds no room runs on the loop over `execute`. */
export const STACK_ROOM = 64 * STACK_BYTES

/** Most bytes of a module's memory. */
export const MEMORY_BYTES = PAGE_LIMIT * PAGE

export function placesOf({ bytes }: Program): Places {
  const partBytes = align(bytes.length)
  const code = PROGRAMS
  const landings = code + partBytes
  const units = landings + partBytes
  const plan = units + 2 * partBytes
  const stacks = Math.ceil((plan + SHAPE_BYTES + 4 * partBytes) / PAGE) * PAGE
  return { code, landings, units, plan, stacks, memories: stacks + STACK_ROOM }
}
