import { ARENA, TRANSACTION } from './layout.ts'

/** Below this a word is written as one half. */
const SMALL = 1n << 32n

/** Linear memory as the host reads and writes it. Made anew whenever the memory grows or is replaced. */
export class LinearViews {
  /** The cells alone, so that an address which is none is not taken for one. */
  cells!: Int32Array
  bytes!: Uint8Array
  halves!: Uint32Array
  limbs!: BigUint64Array

  see(buffer: ArrayBuffer): void {
    this.cells = new Int32Array(buffer, 0, TRANSACTION / 4)
    this.bytes = new Uint8Array(buffer)
    this.halves = new Uint32Array(buffer, 0, ARENA / 4)
    this.limbs = new BigUint64Array(buffer, 0, ARENA / 8)
  }

  /** The word at an index of 32-bit halves; most are small. */
  readWord(at: number): bigint {
    const { halves, limbs } = this
    const limb = at >> 1
    if ((halves[at + 4] | halves[at + 5] | halves[at + 6] | halves[at + 7]) === 0) {
      if ((halves[at + 1] | halves[at + 2] | halves[at + 3]) === 0) return BigInt(halves[at])
      return limbs[limb] | (limbs[limb + 1] << 64n)
    }
    return limbs[limb] | (limbs[limb + 1] << 64n) | ((limbs[limb + 2] | (limbs[limb + 3] << 64n)) << 128n)
  }

  writeWord(at: number, word: bigint): void {
    if (word < SMALL) {
      this.writeSmall(at, Number(word))
      return
    }
    const { limbs } = this
    const limb = at >> 1
    limbs[limb] = word
    limbs[limb + 1] = word >> 64n
    limbs[limb + 2] = word >> 128n
    limbs[limb + 3] = word >> 192n
  }

  /** A word below 2^32. */
  writeSmall(at: number, word: number): void {
    const { halves } = this
    halves[at] = word
    for (let i = at + 1; i < at + 8; i++) halves[i] = 0
  }
}
