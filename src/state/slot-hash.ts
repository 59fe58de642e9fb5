const LENGTH = 8

/**
 * Secrets of the hash, drawn once a process. Contracts choose the keys of their slots, and whoever knew these could
 * choose keys that all lie in one bucket. No result depends on them: nothing is listed in the order of buckets.
 */
export const SEEDS = Int32Array.from({ length: LENGTH }, () => (Math.random() * 2 ** 32) | 0)

/** What the upper three limbs add to the hash where they are zero, which saves most of the work of small keys. */
const ZERO_LIMBS = foldFrom(new Int32Array(LENGTH), 2)

export const OWNER_FACTOR = 0x9e3779b1 | 0
export const MIX_FACTOR = 0x85ebca6b | 0

/**
 * Hash of a key of eight halves, in the manner of NH (UMAC, Black et al. 1999): of each limb the product of its
 * halves, to each of which a secret was added. `writeSlotHash` in src/wasm is the same.
 */
export function hashOf(owner: number, key: Int32Array): number {
  const isSmall = (key[2] | key[3] | key[4] | key[5] | key[6] | key[7]) === 0
  const folded = isSmall ? product(key, 0) ^ ZERO_LIMBS : foldFrom(key, 0)
  let hash = folded ^ Math.imul(owner, OWNER_FACTOR)
  hash = Math.imul(hash ^ (hash >>> 16), MIX_FACTOR)
  return hash ^ (hash >>> 13)
}

function foldFrom(key: Int32Array, from: number): number {
  let folded = 0
  for (let i = from; i < LENGTH; i += 2) folded ^= product(key, i)
  return folded
}

/** The two halves of a 64-bit product, one upon the other. */
function product(key: Int32Array, i: number): number {
  const a = (key[i] + SEEDS[i]) >>> 0
  const b = (key[i + 1] + SEEDS[i + 1]) >>> 0
  const low = Math.imul(a, b)
  // a · b as a double is wrong by less than 2^11, so what is left without `low` rounds to the upper half.
  const high = ((a * b - (low >>> 0)) / 2 ** 32 + 0.5) >>> 0
  return low ^ high
}
