import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { compareKeys } from './nibbles.ts'
import { MAX_KEY_BYTES } from './writer.ts'

/** One change of a trie: the value a key is to have; null or an empty value deletes it. */
export type Change = readonly [key: Uint8Array, value: Uint8Array | null]
/** One key of a trie with its value, which is not empty. */
export type Entry = readonly [key: Uint8Array, value: Uint8Array]

/** Runs shorter than this are sorted by insertion. */
const SHORT_RUN = 24

/**
 * The changes in key order, one a key: of several for a key the last one counts.
 * Throws VALUE for a key of more than 256 bytes.
 */
export function sortChanges(changes: Iterable<Change>): Change[] {
  const sorted = Array.from(changes)
  for (const [key] of sorted) {
    if (key.length > MAX_KEY_BYTES)
      throw new ZvmError(ERROR_CODES.value, `trie: a key of ${key.length} bytes, more than ${MAX_KEY_BYTES}`)
  }
  sortRun(sorted, 0, sorted.length, 0)
  let count = 0
  for (let i = 0; i < sorted.length; i++) {
    const isLast = i + 1 === sorted.length || compareKeys(sorted[i][0], sorted[i + 1][0]) !== 0
    if (isLast) sorted[count++] = sorted[i]
  }
  sorted.length = count
  return sorted
}

/**
 * Sorts [from, to), whose keys agree in their first `place` bytes, keeping the order of equal keys. Long runs are
 * dealt out by their next byte, which for hashed keys is several times faster than comparing them pair by pair.
 */
function sortRun(changes: Change[], from: number, to: number, place: number): void {
  if (to - from < SHORT_RUN) {
    insertionSort(changes, from, to)
    return
  }
  const run = changes.slice(from, to)
  // Pile 0 takes the keys that end here, pile b + 1 those that go on with byte b.
  const ends = new Uint32Array(257)
  for (const [key] of run) ends[pileOf(key, place)]++
  for (let pile = 1; pile < ends.length; pile++) ends[pile] += ends[pile - 1]
  for (let i = run.length - 1; i >= 0; i--) changes[from + --ends[pileOf(run[i][0], place)]] = run[i]
  // What was the end of a pile is its beginning now.
  for (let pile = 1; pile < ends.length; pile++) {
    const end = pile + 1 < ends.length ? ends[pile + 1] : run.length
    if (end - ends[pile] > 1) sortRun(changes, from + ends[pile], from + end, place + 1)
  }
}

function pileOf(key: Uint8Array, place: number): number {
  return place < key.length ? key[place] + 1 : 0
}

function insertionSort(changes: Change[], from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const change = changes[i]
    let at = i
    for (; at > from && compareKeys(changes[at - 1][0], change[0]) > 0; at--) changes[at] = changes[at - 1]
    changes[at] = change
  }
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
