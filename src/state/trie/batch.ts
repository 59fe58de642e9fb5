import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { writeRlpHeader } from '../../core/rlp.ts'
import { compareKeys } from './nibbles.ts'
import { EMPTY_ITEM, itemValue } from './node.ts'
import { readUint32, writeUint32 } from './store.ts'
import { MAX_KEY_BYTES, type NodeWriter } from './writer.ts'

/** One change of a trie: the value a key is to have; null or an empty value deletes it. */
export type Change = readonly [key: Uint8Array, value: Uint8Array | null]
/** One key of a trie with its value, which is not empty. */
export type Entry = readonly [key: Uint8Array, value: Uint8Array]

/** Before a key lie the ends of the key and of its value, and there is room for what comes before them in a leaf. */
const HEADER_BYTES = 16
/** Where keys begin, so that their positions take fewer bits. */
const ALIGN_BYTES = 8
/** The first bytes of a key lie in one double with its position, which is below ROOM. */
const PREFIX_BYTES = 3
const ROOM = 2 ** 29

/**
 * The changes of a trie, each known by the position of its key on the writer's stack: objects for each of many keys would
 * take longer to make, and to move about as garbage is collected, than to hash. The key's value, as RLP, follows it.
 */
export class Batch {
  readonly out: NodeWriter
  readonly #places: number[] = []

  /** The arrays of a change are done with when the next one is asked for. */
  constructor(out: NodeWriter, changes: Iterable<Change>) {
    this.out = out
    for (const [key, value] of changes) {
      const change = this.add(key, value)
      this.#places.push(this.#prefix(change) * ROOM + change / ALIGN_BYTES)
    }
  }

  /** Throws VALUE for a key of more than 256 bytes. */
  add(key: Uint8Array, value: Uint8Array | null): number {
    const { out } = this
    if (key.length > MAX_KEY_BYTES)
      throw new ZvmError(ERROR_CODES.value, `trie: a key of ${key.length} bytes, more than ${MAX_KEY_BYTES}`)
    const change = ((out.top + ALIGN_BYTES - 1) & -ALIGN_BYTES) + HEADER_BYTES
    out.top = change
    out.putRaw(key)
    const keyEnd = out.top
    out.putString(value)
    writeUint32(out.bytes, change - HEADER_BYTES, keyEnd)
    writeUint32(out.bytes, change - HEADER_BYTES + 4, out.top)
    return change
  }

  #keyEnd(change: number): number {
    return readUint32(this.out.bytes, change - HEADER_BYTES)
  }

  #end(change: number): number {
    return readUint32(this.out.bytes, change - HEADER_BYTES + 4)
  }

  /** As if zeros followed a shorter key. */
  #prefix(change: number): number {
    const { bytes } = this.out
    const end = this.#keyEnd(change)
    let prefix = 0
    for (let at = change; at < change + PREFIX_BYTES; at++) prefix = prefix * 256 + (at < end ? bytes[at] : 0)
    return prefix
  }

  /**
   * The changes in key order, one a key: of several for a key the last one counts. Sorted by the first bytes of the keys,
   * so that sorting meets numbers alone; then among those that begin alike, which few hashed keys do.
   */
  sorted(): Float64Array {
    const places = new Float64Array(this.#places)
    if (places.length > 1) places.sort()
    let count = 0
    for (let from = 0, to = 1; from < places.length; from = to++) {
      while (to < places.length && prefixIn(places[to]) === prefixIn(places[from])) to++
      if (to - from === 1) places[count++] = changeIn(places[from])
      else for (const change of this.#lastOfEach(places.subarray(from, to))) places[count++] = change
    }
    return count === places.length ? places : places.subarray(0, count)
  }

  #lastOfEach(places: Float64Array): number[] {
    // Stable, so that equal keys stay in their order.
    const compare = (a: number, b: number) => compareKeys(this.key(a), this.key(b))
    const alike = Array.from(places, changeIn).sort(compare)
    return alike.filter((change, i) => i + 1 === alike.length || compare(change, alike[i + 1]) !== 0)
  }

  /** A view, to be used at once. */
  key(change: number): Uint8Array {
    return this.out.bytes.subarray(change, this.#keyEnd(change))
  }

  /** Null deletes. */
  value(change: number): Uint8Array | null {
    return this.sets(change) ? itemValue(this.out.bytes.slice(this.#keyEnd(change), this.#end(change))) : null
  }

  /** Whether the change sets a value rather than deleting it. */
  sets(change: number): boolean {
    return this.out.bytes[this.#keyEnd(change)] !== EMPTY_ITEM
  }

  /** The nibble at position `depth` of the key. */
  nibble(change: number, depth: number): number {
    const byte = this.out.bytes[change + (depth >> 1)]
    return (depth & 1) === 0 ? byte >> 4 : byte & 15
  }

  /** Whether the key has `depth` nibbles. */
  endsAt(change: number, depth: number): boolean {
    return 2 * (this.#keyEnd(change) - change) === depth
  }

  /** The first position at or after `depth` where the keys differ or one of them ends; they agree below. */
  shared(a: number, b: number, depth: number): number {
    const { bytes } = this.out
    const end = Math.min(this.#keyEnd(a), this.#keyEnd(b) - b + a)
    let at = a + (depth >> 1)
    while (at < end && bytes[at] === bytes[at - a + b]) at++
    return 2 * (at - a) + (at < end && (bytes[at] ^ bytes[at - a + b]) < 16 ? 1 : 0)
  }

  /**
   * Finishes the leaf of a change where its key and value lie: what comes before its path takes the place of the first
   * `depth` nibbles, which are lost.
   */
  leaf(change: number, depth: number): void {
    const { bytes } = this.out
    const [keyEnd, end] = [this.#keyEnd(change), this.#end(change)]
    let at = change + (depth >> 1)
    if ((depth & 1) === 1) bytes[at] = 0x30 | (bytes[at] & 15)
    else bytes[--at] = 0x20
    if (keyEnd - at > 1) at = writeRlpHeader(bytes, at, keyEnd - at, 0x80)
    this.out.start = writeRlpHeader(bytes, at, end - at, 0xc0)
    this.out.end = end
  }
}

function prefixIn(place: number): number {
  return Math.floor(place / ROOM)
}

function changeIn(place: number): number {
  return (place - prefixIn(place) * ROOM) * ALIGN_BYTES
}
