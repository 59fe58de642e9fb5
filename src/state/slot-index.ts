import * as SLOT from './slot-fields.ts'
import * as HEADER from './slot-header.ts'
import { SLOT_BYTES, SLOTS } from './slot-layout.ts'
import type { SlotPart } from './slot-part.ts'

/** Buckets that a table begins with. */
export const FIRST_BUCKETS = 32

/** Where slots lie by owner and key: open addressing, linear probing, at most half of the buckets taken. */
export class SlotIndex {
  readonly #entries: SlotPart
  readonly #buckets: SlotPart

  constructor(entries: SlotPart, buckets: SlotPart) {
    this.#entries = entries
    this.#buckets = buckets
    entries.halves[HEADER.mask >> 2] = FIRST_BUCKETS - 1
  }

  /** Bytes of buckets that are in use. */
  get sizeBytes(): number {
    return 4 * (this.#entries.halves[HEADER.mask >> 2] + 1)
  }

  /** Whether there are too few buckets for as many slots. */
  isShort(slots: number): boolean {
    return 2 * slots > this.sizeBytes / 4
  }

  /** The slot of an owner with a key of eight halves, which hash to `hash`; 0 if there is none. */
  find(owner: number, key: Int32Array, hash: number): number {
    const { halves } = this.#entries
    const buckets = this.#buckets.halves
    const mask = halves[HEADER.mask >> 2]
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const slot = buckets[i]
      if (slot === 0 || (halves[(slot + SLOT.owner) >> 2] === owner && hasKey(halves, slot, key))) return slot
    }
  }

  /** Puts in a slot, whose hash is in place. */
  add(slot: number): void {
    const { halves } = this.#entries
    const buckets = this.#buckets.halves
    const mask = halves[HEADER.mask >> 2]
    let i = halves[(slot + SLOT.hash) >> 2] & mask
    while (buckets[i] !== 0) i = (i + 1) & mask
    buckets[i] = slot
  }

  /** Takes a slot out, and moves up those that had found their bucket taken because of it. */
  remove(slot: number): void {
    const { halves } = this.#entries
    const buckets = this.#buckets.halves
    const mask = halves[HEADER.mask >> 2]
    let hole = halves[(slot + SLOT.hash) >> 2] & mask
    while (buckets[hole] !== slot) hole = (hole + 1) & mask
    for (let i = (hole + 1) & mask; buckets[i] !== 0; i = (i + 1) & mask) {
      const wanted = halves[(buckets[i] + SLOT.hash) >> 2] & mask
      if (((i - wanted) & mask) < ((i - hole) & mask)) continue
      buckets[hole] = buckets[i]
      hole = i
    }
    buckets[hole] = 0
  }

  /** Begins anew with as few buckets as the slots below `end` need. */
  shrink(end: number): void {
    let count = FIRST_BUCKETS
    while (count < (2 * (end - SLOTS)) / SLOT_BYTES) count *= 4
    this.rebuild(4 * count, end)
  }

  /** Begins anew with `sizeBytes` of buckets, for which there is room, and all slots below `end`. */
  rebuild(sizeBytes: number, end: number): void {
    this.#buckets.halves.fill(0, 0, sizeBytes / 4)
    this.#entries.halves[HEADER.mask >> 2] = sizeBytes / 4 - 1
    const { halves } = this.#entries
    for (let slot = SLOTS; slot < end; slot += SLOT_BYTES)
      if (halves[(slot + SLOT.owner) >> 2] !== 0) this.add(slot)
  }
}

function hasKey(halves: Int32Array, slot: number, key: Int32Array): boolean {
  const at = (slot + SLOT.key) >> 2
  for (let i = 0; i < 8; i++) if (halves[at + i] !== key[i]) return false
  return true
}
