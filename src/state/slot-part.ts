import type { LimbViews } from '../core/limbs.ts'

/** Where a part may lie in a buffer, in bytes, multiples of 8. */
export interface Place {
  readonly at: number
  readonly sizeBytes: number
}

/** One part of a table of slots: bytes in a buffer of its own, or at a place in another. */
export class SlotPart {
  halves: Int32Array

  constructor(buffer: ArrayBufferLike, { at, sizeBytes }: Place) {
    this.halves = new Int32Array(buffer, at, sizeBytes / 4)
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
    copy(halves, this.halves, usedBytes)
  }

  /** Goes to a buffer of its own. */
  moveOut(sizeBytes: number, usedBytes: number): void {
    const { halves } = this
    this.halves = new Int32Array(sizeBytes / 4)
    copy(halves, this.halves, usedBytes)
  }

  /** Makes room for as much again and more, in a buffer of its own. */
  grow(usedBytes: number): void {
    this.moveOut(2 * this.sizeBytes + 1024, usedBytes)
  }
}

/** A part in which words lie. */
export class WordPart extends SlotPart implements LimbViews {
  limbs: BigUint64Array

  constructor(buffer: ArrayBufferLike, place: Place) {
    super(buffer, place)
    this.limbs = new BigUint64Array(buffer, place.at, place.sizeBytes / 8)
  }

  override see(buffer: ArrayBufferLike, place: Place): void {
    super.see(buffer, place)
    this.limbs = new BigUint64Array(buffer, place.at, place.sizeBytes / 8)
  }

  override moveOut(sizeBytes: number, usedBytes: number): void {
    super.moveOut(sizeBytes, usedBytes)
    this.limbs = new BigUint64Array(this.halves.buffer)
  }
}

function copy(from: Int32Array, to: Int32Array, usedBytes: number): void {
  if (usedBytes > 0) to.set(from.subarray(0, usedBytes / 4))
}
