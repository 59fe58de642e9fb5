import { BLOCK_WORDS, blake2fModule, SIGMA, SIGMA_ROUNDS, VECTOR_WORDS } from '../wasm/blake2f.ts'

/** The rounds of BLAKE2b, on a working vector and a message block that lie where its code finds them. */
export interface Rounds {
  readonly vector: BigUint64Array
  readonly block: BigUint64Array
  /** Does `rounds` rounds, from the first on, `rounds` in [0, 2^32). */
  mix(rounds: number): void
}

/**
 * Rounds that one call of generated code does at the most, whole turns of the order of words. Code that is being run is
 * not replaced by what the host has meanwhile optimised: the next call is.
 */
const SLICE = 100 * SIGMA_ROUNDS

/** The rounds in WebAssembly, six times as fast as below; null where the platform lacks or forbids it. */
export function wasmRounds(): Rounds | null {
  let memory: WebAssembly.Memory
  let mix: (rounds: number) => void
  try {
    memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
    const module = new WebAssembly.Module(blake2fModule() as Uint8Array<ArrayBuffer>)
    mix = new WebAssembly.Instance(module, { env: { memory } }).exports.mix as typeof mix
  } catch {
    return null
  }
  return {
    vector: new BigUint64Array(memory.buffer, 0, VECTOR_WORDS),
    block: new BigUint64Array(memory.buffer, 8 * VECTOR_WORDS, BLOCK_WORDS),
    mix(rounds) {
      for (let left = rounds; left > 0; left -= SLICE) mix(Math.min(left, SLICE))
    },
  }
}

const v = new BigUint64Array(VECTOR_WORDS)
const m = new BigUint64Array(BLOCK_WORDS)

/** The rounds in plain TypeScript. */
export const plainRounds: Rounds = { vector: v, block: m, mix: mixRounds }

/** Each round mixes the four columns of the 4×4 vector, then its four diagonals. */
function mixRounds(rounds: number): void {
  let row = 0
  for (let i = 0; i < rounds; i++) {
    mix(0, 4, 8, 12, SIGMA[row], SIGMA[row + 1])
    mix(1, 5, 9, 13, SIGMA[row + 2], SIGMA[row + 3])
    mix(2, 6, 10, 14, SIGMA[row + 4], SIGMA[row + 5])
    mix(3, 7, 11, 15, SIGMA[row + 6], SIGMA[row + 7])
    mix(0, 5, 10, 15, SIGMA[row + 8], SIGMA[row + 9])
    mix(1, 6, 11, 12, SIGMA[row + 10], SIGMA[row + 11])
    mix(2, 7, 8, 13, SIGMA[row + 12], SIGMA[row + 13])
    mix(3, 4, 9, 14, SIGMA[row + 14], SIGMA[row + 15])
    row = row === 144 ? 0 : row + 16
  }
}

/**
 * The mixing function G (RFC 7693, 3.1), with rotations to the right by 32, 24, 16 and 63.
 * Bigints cut to 64 bits after every single step are compiled to plain machine arithmetic: measured four times as fast
 * as pairs of 32-bit halves. One step left uncut, or helpers in place of the shifts by constants, make them heap
 * numbers again, up to thirty times slower: measure after any change.
 */
function mix(ia: number, ib: number, ic: number, id: number, x: number, y: number): void {
  let a = v[ia]
  let b = v[ib]
  let c = v[ic]
  let d = v[id]
  a = BigInt.asUintN(64, BigInt.asUintN(64, a + b) + m[x])
  d = BigInt.asUintN(64, d ^ a)
  d = BigInt.asUintN(64, BigInt.asUintN(64, d << 32n) | (d >> 32n))
  c = BigInt.asUintN(64, c + d)
  b = BigInt.asUintN(64, b ^ c)
  b = BigInt.asUintN(64, BigInt.asUintN(64, b << 40n) | (b >> 24n))
  a = BigInt.asUintN(64, BigInt.asUintN(64, a + b) + m[y])
  d = BigInt.asUintN(64, d ^ a)
  d = BigInt.asUintN(64, BigInt.asUintN(64, d << 48n) | (d >> 16n))
  c = BigInt.asUintN(64, c + d)
  b = BigInt.asUintN(64, b ^ c)
  b = BigInt.asUintN(64, BigInt.asUintN(64, b << 1n) | (b >> 63n))
  v[ia] = a
  v[ib] = b
  v[ic] = c
  v[id] = d
}
