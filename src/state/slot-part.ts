import type { LimbViews } from '../core/limbs.ts'

/** Where a part may lie in a buffer, in bytes, multiples of 8. */
export interface Place {
  readonly at: number
  readonly sizeBytes: number
}

/** One part of a table of slots: bytes in a buffer of its own, or at a place in another. */
export class SlotPart implements LimbViews {
  halves!: Int32Array
  limbs!: BigUint64Array

  constructor(sizeBytes: number) {
    this.see(new ArrayBuffer(sizeBytes), { at: 0, sizeBytes })
  }

  get sizeBytes(): number {
    return this.halves.byteLength
  }

  /** Views the bytes where they lie now. */
  see(buffer: ArrayBufferLike, { at, sizeBytes }: Place): void {
    this.halves = new Int32Array(buffer, at, sizeBytes / 4)
    this.limbs = new BigUint64Array(buffer, at, sizeBytes / 8)
  }

  /** Goes to another place, with the bytes in use, which it has room for. */
  moveTo(buffer: ArrayBufferLike, place: Place, usedBytes: number): void {
    const used = this.halves.subarray(0, usedBytes / 4)
    this.see(buffer, place)
    this.halves.set(used)
  }

  /** Goes to a buffer of its own. */
  moveOut(sizeBytes: number, usedBytes: number): void {
    this.moveTo(new ArrayBuffer(sizeBytes), { at: 0, sizeBytes }, usedBytes)
  }
}
