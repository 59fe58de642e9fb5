import type { LimbViews } from '../core/limbs.ts'

/** Where a part may lie in a buffer, in bytes, multiples of 8. */
export interface Place {
  readonly at: number
  readonly sizeBytes: number
}

/** One part of a table of slots: bytes in a buffer of its own, or at a place in another. */
export class SlotPart {
  declare halves: Int32Array

  constructor(buffer: ArrayBufferLike, place: Place) {
    this.see(buffer, place)
  }

  get sizeBytes(): number {
    return this.halves.byteLength
  }

  /** Views the bytes where they lie now. */
  see(buffer: ArrayBufferLike, { at, sizeBytes }: Place): void {
    this.halves = new Int32Array(buffer, at, sizeBytes / 4)
  }

  /** Goes to another place, with the bytes in use, which it has room for. */
  moveTo(buffer: ArrayBufferLike, place: Place, usedBytes: number): void {
    const { halves } = this
    this.see(buffer, place)
    if (usedBytes > 0) this.halves.set(halves.subarray(0, usedBytes / 4))
  }

  /** Goes to a buffer of its own. */
  moveOut(sizeBytes: number, usedBytes: number): void {
    this.moveTo(new ArrayBuffer(sizeBytes), { at: 0, sizeBytes }, usedBytes)
  }

  /** Makes room for as much again and more, in a buffer of its own. */
  grow(usedBytes: number): void {
    this.moveOut(2 * this.sizeBytes + 1024, usedBytes)
  }
}

/** A part in which words lie. */
export class WordPart extends SlotPart implements LimbViews {
  declare limbs: BigUint64Array

  override see(buffer: ArrayBufferLike, place: Place): void {
    super.see(buffer, place)
    this.limbs = new BigUint64Array(buffer, place.at, place.sizeBytes / 8)
  }
}
