/**
 * Words as four 64-bit limbs, the lowest first, each little-endian: how linear memory and the table of slots hold
 * them. The two views are of the same bytes, so limb n is halves 2n and 2n + 1.
 */
export interface LimbViews {
  readonly halves: Int32Array
  readonly limbs: BigUint64Array
}

/** Below this a word is written as one half. */
const HALF_MODULUS = 1n << 32n
const LIMB_MODULUS = 1n << 64n

/** The word whose first limb is limb `at`. */
export function readLimbs({ halves, limbs }: LimbViews, at: number): bigint {
  // Most words are small, which 32-bit integers tell cheapest; any other takes operations on bigints.
  const half = 2 * at
  if ((halves[half + 4] | halves[half + 5] | halves[half + 6] | halves[half + 7]) === 0) {
    if ((halves[half + 1] | halves[half + 2] | halves[half + 3]) === 0) return BigInt(halves[half] >>> 0)
    return limbs[at] | (limbs[at + 1] << 64n)
  }
  return limbs[at] | (limbs[at + 1] << 64n) | ((limbs[at + 2] | (limbs[at + 3] << 64n)) << 128n)
}

/** Writes a word from limb `at` on. */
export function writeLimbs({ halves, limbs }: LimbViews, at: number, word: bigint): void {
  const half = 2 * at
  // A BigUint64Array takes the low 64 bits of what it is given.
  if (word < LIMB_MODULUS) {
    if (word < HALF_MODULUS) {
      halves[half] = Number(word)
      halves[half + 1] = 0
    } else limbs[at] = word
    halves[half + 2] = 0
    halves[half + 3] = 0
    halves[half + 4] = 0
    halves[half + 5] = 0
    halves[half + 6] = 0
    halves[half + 7] = 0
    return
  }
  limbs[at] = word
  const rest = word >> 64n
  limbs[at + 1] = rest
  limbs[at + 2] = rest >> 64n
  limbs[at + 3] = rest >> 128n
}
