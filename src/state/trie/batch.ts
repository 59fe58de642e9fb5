import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { compareKeys } from './nibbles.ts'
import { MAX_KEY_BYTES } from './writer.ts'

/** One change of a trie: the value a key is to have; null or an empty value deletes it. */
export type Change = readonly [key: Uint8Array, value: Uint8Array | null]
/** One key of a trie with its value, which is not empty. */
export type Entry = readonly [key: Uint8Array, value: Uint8Array]

/** Fewer changes than this are compared pair by pair. */
const FEW = 24

/** More changes than this have no room for their index beside 32 bits of a key in a double. */
const MAX_INDEXED = 1 << 21

/**
 * The changes in key order, one a key: of several for a key the last one counts.
 * Throws VALUE for a key of more than 256 bytes.
 */
export function sortChanges(changes: Iterable<Change>): Change[] {
  const given = Array.from(changes)
  for (const [key] of given) {
    if (key.length > MAX_KEY_BYTES)
      throw new ZvmError(ERROR_CODES.value, `trie: a key of ${key.length} bytes, more than ${MAX_KEY_BYTES}`)
  }
  const isUsual = given.length >= FEW && given.length <= MAX_INDEXED
  return isUsual ? sortByPrefix(given) : lastOfEach(given.sort(byKey))
}

/** Of sorted changes the last one of each key. */
function lastOfEach(sorted: readonly Change[]): Change[] {
  return sorted.filter(([key], i) => i + 1 === sorted.length || compareKeys(key, sorted[i + 1][0]) !== 0)
}

function byKey([a]: Change, [b]: Change): number {
  return compareKeys(a, b)
}

/**
 * As `sortChanges`, for at most MAX_INDEXED: first by the beginnings of the keys, each with its index in one number, so
 * that sorting meets numbers alone; then what begins alike, which few hashed keys do. A key of many is seldom in the
 * processor's cache, so none is looked at a second time but these.
 */
function sortByPrefix(changes: readonly Change[]): Change[] {
  const order = new Float64Array(changes.length)
  for (let i = 0; i < order.length; i++) order[i] = prefixOf(changes[i][0]) * MAX_INDEXED + i
  order.sort()
  const sorted: Change[] = []
  let from = 0
  for (let to = 1; to <= order.length; to++) {
    const isSame = to < order.length && beginning(order[to]) === beginning(order[from])
    if (isSame) continue
    if (to - from === 1) sorted.push(changes[order[from] % MAX_INDEXED])
    else {
      // Stable, so that equal keys stay in their order.
      const alike = Array.from(order.subarray(from, to), (place) => changes[place % MAX_INDEXED])
      for (const change of lastOfEach(alike.sort(byKey))) sorted.push(change)
    }
    from = to
  }
  return sorted
}

function beginning(place: number): number {
  return Math.floor(place / MAX_INDEXED)
}

/** The first four bytes of a key, as if zeros followed a shorter one. */
function prefixOf(key: Uint8Array): number {
  if (key.length < 4) return key.reduce((prefix, byte, i) => prefix + byte * 256 ** (3 - i), 0)
  return key[0] * 0x1000000 + ((key[1] << 16) | (key[2] << 8) | key[3])
}

/** The insertions among the changes [from, to), in order. */
export function insertions(changes: readonly Change[], from: number, to: number): Entry[] {
  const kept: Entry[] = []
  for (let i = from; i < to; i++) {
    const change = changes[i]
    if (isInsertion(change)) kept.push(change)
  }
  return kept
}

/** Whether the change sets a value rather than deleting it. */
export function isInsertion(change: Change): change is Entry {
  return change[1] !== null && change[1].length > 0
}
