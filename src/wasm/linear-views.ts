import type { LimbViews } from '../core/limbs.ts'
import { ARENA, TRANSACTION } from './layout.ts'

/** Linear memory as the host reads and writes it. Made anew whenever the memory grows or is replaced. */
export class LinearViews implements LimbViews {
  /** The cells alone, so that an address which is none is not taken for one. */
  cells!: Int32Array
  bytes!: Uint8Array
  halves!: Int32Array
  limbs!: BigUint64Array

  see(buffer: ArrayBuffer): void {
    this.cells = new Int32Array(buffer, 0, TRANSACTION / 4)
    this.bytes = new Uint8Array(buffer)
    this.halves = new Int32Array(buffer, 0, ARENA / 4)
    this.limbs = new BigUint64Array(buffer, 0, ARENA / 8)
  }

  /** Writes a word below 2^32, from an index of 32-bit halves on. */
  writeSmall(at: number, word: number): void {
    const { halves } = this
    halves[at] = word
    for (let i = at + 1; i < at + 8; i++) halves[i] = 0
  }
}
