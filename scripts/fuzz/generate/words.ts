import { MAX_WORD } from '../../../src/core/word.ts'
import type { Random } from '../random.ts'

/** Words at which implementations change their path: powers of two with their neighbours, and sizes of things. */
const EDGES: readonly bigint[] = [
  ...[
    0n,
    1n,
    2n,
    3n,
    7n,
    8n,
    20n,
    30n,
    31n,
    32n,
    33n,
    63n,
    64n,
    96n,
    128n,
    1023n,
    1024n,
    1025n,
    24576n,
    49152n,
  ],
  ...[8n, 15n, 16n, 31n, 32n, 53n, 63n, 64n, 96n, 127n, 128n, 160n, 192n, 224n, 252n, 255n].flatMap(
    (bits) => [2n ** bits - 1n, 2n ** bits, 2n ** bits + 1n],
  ),
  ...[MAX_WORD, MAX_WORD - 1n, MAX_WORD - 31n, MAX_WORD ^ 0xffn, 2n ** 255n + 2n ** 128n],
]

/** A word as programs meet them: small ones mostly, edges often, anything at all now and then. */
export function anyWord(random: Random): bigint {
  switch (random.weighted({ small: 38, edge: 33, sized: 10, negative: 12, uniform: 7 })) {
    case 'small':
      return BigInt(random.below(300))
    case 'edge':
      return random.pick(EDGES)
    case 'sized':
      return random.bits(random.between(1, 256))
    case 'negative':
      return MAX_WORD - BigInt(random.below(300))
    case 'uniform':
      return random.bits(256)
  }
}

/** Where memory is read or written: close together, so that ranges overlap; rarely so far that no gas will do. */
export function memoryOffset(random: Random): bigint {
  switch (random.weighted({ near: 80, word: 17.5, far: 2, huge: 0.5 })) {
    case 'near':
      return BigInt(random.below(200))
    case 'word':
      return BigInt(32 * random.below(12))
    case 'far':
      return BigInt(random.below(20000))
    case 'huge':
      return random.pick(EDGES)
  }
}

/** How many bytes: none and whole words more often than others. */
export function memorySize(random: Random): bigint {
  switch (random.weighted({ none: 12, word: 40, short: 40, long: 7.5, huge: 0.5 })) {
    case 'none':
      return 0n
    case 'word':
      return 32n * BigInt(random.between(1, 4))
    case 'short':
      return BigInt(random.below(100))
    case 'long':
      return BigInt(random.below(1500))
    case 'huge':
      return random.pick(EDGES)
  }
}

/** Few keys, so that a slot is met again and again. */
export function storageKey(random: Random): bigint {
  return random.oneIn(20) ? anyWord(random) : BigInt(random.below(4))
}

/** Few values, so that a slot returns to what it was; zero most of all. */
export function storageValue(random: Random): bigint {
  return random.oneIn(8) ? anyWord(random) : BigInt(random.below(3))
}
