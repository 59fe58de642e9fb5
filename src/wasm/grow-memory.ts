import * as CELL from './cells.ts'
import {
  add64,
  extend32,
  gtU64,
  type I64,
  load32,
  ltU64,
  mul64,
  or32,
  shl64,
  shrU64,
  sub64,
  TYPE_I32,
  TYPE_I64,
  wrap64,
} from './expr.ts'
import type { FunctionBuilder } from './function.ts'

export const GROW_MEMORY = { params: [TYPE_I64, TYPE_I64], results: [TYPE_I32, TYPE_I64] } as const

/** Above any end that the arena has room for, and low enough that the price of it fits 64 bits. */
const MOST_BYTES = 1n << 32n

/**
 * Writes a function (end, gas) → (done, gas): charges for the frame's memory below `end` and takes it into use. Where
 * the gas is short, or the bytes are not there yet, nothing has happened and `done` is 0.
 */
export function writeGrowMemory(f: FunctionBuilder<typeof GROW_MEMORY.params>): void {
  const [end, gas] = f.args
  const refuse = () => f.return(0, gas)
  f.if(gtU64(end, MOST_BYTES), refuse)
  const words = f.let(wordsIn(end))
  const bytes = f.let(shl64(words, 5n))
  const top = add64(extend32(load32(CELL.memoryBase)), bytes)
  const before = f.let(shrU64(extend32(load32(CELL.memorySize)), 5n))
  const price = f.let(sub64(priceOf(f, words), priceOf(f, before)))
  f.if(or32(gtU64(top, extend32(load32(CELL.memoryEnd))), ltU64(gas, price)), refuse)
  f.store32(CELL.memorySize, wrap64(bytes))
  f.return(1, sub64(gas, price))
}

/** Started words of so many bytes. */
export function wordsIn(sizeBytes: I64): I64 {
  return shrU64(add64(sizeBytes, 31n), 5n)
}

/** Gas of a memory of so many words, below 2^27 (Yellow Paper Cmem). */
function priceOf(f: FunctionBuilder, words: I64): I64 {
  return f.let(add64(mul64(words, 3n), shrU64(mul64(words, words), 9n)))
}
