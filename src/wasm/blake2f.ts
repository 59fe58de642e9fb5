import { add64, eqz32, load64, rotl64, sub32, TYPE_I32, type TYPE_I64, xor64 } from './expr.ts'
import type { FunctionBuilder, Local } from './function.ts'
import { ModuleBuilder } from './module.ts'

/** Order of the message words in each round, a row a round; it repeats every ten rounds (RFC 7693, 2.7). */
// biome-ignore format: one row a round
export const SIGMA: Uint8Array = Uint8Array.of(
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
  11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
  7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
  9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
  2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
  12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
  13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
  6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
  10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
)

/** Rounds after which the order of the message words repeats. */
export const SIGMA_ROUNDS = 10

/** Words of the working vector, at address 0, and of the message block, which follows it. */
export const VECTOR_WORDS = 16
export const BLOCK_WORDS = 16
const BLOCK = 8 * VECTOR_WORDS

/** The columns of the vector as a matrix of 4×4, then its diagonals (RFC 7693, 3.2). */
// biome-ignore format: one row a step
const STEPS = [
  [0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15],
  [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14],
] as const

/**
 * A module whose `mix(rounds)` does the first rounds of BLAKE2b, any number, on the vector and block in its memory.
 * The vector is held in locals and ten rounds are written out, so that the order of the words costs nothing.
 */
export function blake2fModule(): Uint8Array {
  const module = new ModuleBuilder()
  const f = module.function({ params: [TYPE_I32], results: [] })
  const [rounds] = f.args
  const vector = Array.from({ length: VECTOR_WORDS }, (_, i) => f.let(load64(0, 8 * i)))
  f.block((end) =>
    f.loop((next) => {
      for (let round = 0; round < SIGMA_ROUNDS; round++) {
        f.brIf(end, eqz32(rounds))
        f.set(rounds, sub32(rounds, 1))
        writeRound(f, vector, SIGMA.subarray(16 * round, 16 * round + 16))
      }
      f.br(next)
    }),
  )
  for (const [i, word] of vector.entries()) f.store64(0, word, 8 * i)
  module.export('mix', f)
  return module.build(1)
}

function writeRound(f: FunctionBuilder, vector: readonly Local<TYPE_I64>[], order: Uint8Array): void {
  for (const [step, [a, b, c, d]] of STEPS.entries()) {
    const [x, y] = [order[2 * step], order[2 * step + 1]]
    writeHalf(f, vector[a], vector[b], vector[c], vector[d], x, 32, 24)
    writeHalf(f, vector[a], vector[b], vector[c], vector[d], y, 16, 63)
  }
}

/** Half of the mixing function G (RFC 7693, 3.1): it adds one word, and rotates d and b to the right. */
function writeHalf(
  f: FunctionBuilder,
  a: Local<TYPE_I64>,
  b: Local<TYPE_I64>,
  c: Local<TYPE_I64>,
  d: Local<TYPE_I64>,
  word: number,
  turnD: number,
  turnB: number,
): void {
  f.set(a, add64(add64(a, b), load64(0, BLOCK + 8 * word)))
  f.set(d, rotl64(xor64(d, a), BigInt(64 - turnD)))
  f.set(c, add64(c, d))
  f.set(b, rotl64(xor64(b, c), BigInt(64 - turnB)))
}
