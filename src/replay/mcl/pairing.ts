import type { Fp2, Point, Point2 } from '../../core/crypto.ts'
import { type Coordinate, primeField, quadraticField } from './field.ts'
import { Group } from './group.ts'
import { createMcl, GT, type Mcl } from './instance.ts'

/** Pairs that go through the Miller loop at once. */
const PAIRS_AT_ONCE = 64

/** What is to be known of a curve that mcl does not tell. */
export interface CurveParameters {
  /** By which mcl knows it. */
  readonly number: number
  /** Of an encoded element of its base field. */
  readonly fieldBytes: number
  /** Of both groups. */
  readonly order: bigint
  /** Whether all points of the first curve have that order. */
  readonly isFirstWhole: boolean
}

/** A curve with a pairing of its two groups. */
export class PairingCurve {
  readonly mcl: Mcl
  readonly order: bigint
  readonly field: Coordinate<bigint>
  readonly field2: Coordinate<Fp2>
  readonly g1: Group<bigint>
  readonly g2: Group<Fp2>
  readonly #firsts: number
  readonly #seconds: number
  readonly #product: number

  /** Throws as `createMcl` does. */
  constructor({ number, fieldBytes, order, isFirstWhole }: CurveParameters) {
    this.order = order
    this.mcl = createMcl(number)
    this.field = primeField(this.mcl, fieldBytes)
    this.field2 = quadraticField(this.field)
    this.g1 = new Group(this.mcl, 'G1', this.field, order, isFirstWhole)
    this.g2 = new Group(this.mcl, 'G2', this.field2, order, false)
    this.#firsts = this.g1.room(PAIRS_AT_ONCE)
    this.#seconds = this.g2.room(PAIRS_AT_ONCE)
    this.#product = this.mcl.functions.malloc(2 * GT)
  }

  /** Whether the product of the pairings is one; null if any point is invalid, its partner being infinity or not. */
  isProductOne(pairs: readonly (readonly [Point, Point2])[]): boolean | null {
    const { g1, g2 } = this
    let waiting = 0
    let isBegun = false
    for (const [first, second] of pairs) {
      if (!g1.putOfSubgroup(this.#firsts + waiting * g1.sizeBytes, first)) return null
      if (!g2.putOfSubgroup(this.#seconds + waiting * g2.sizeBytes, second)) return null
      // Pairing with infinity gives one.
      if (g1.isInfinity(first) || g2.isInfinity(second)) continue
      if (++waiting < PAIRS_AT_ONCE) continue
      this.#multiply(waiting, isBegun)
      isBegun = true
      waiting = 0
    }
    if (waiting > 0) this.#multiply(waiting, isBegun)
    return waiting > 0 || isBegun ? this.isPowerOne(this.#product) : true
  }

  /** Whether a product of Miller loops, which is overwritten, makes a product of pairings that is one. */
  isPowerOne(product: number): boolean {
    const { mclBn_finalExp, mclBnGT_isOne } = this.mcl.functions
    mclBn_finalExp(product, product)
    return mclBnGT_isOne(product) === 1
  }

  #multiply(count: number, isBegun: boolean): void {
    const { mclBn_millerLoopVec, mclBnGT_mul } = this.mcl.functions
    const product = this.#product
    mclBn_millerLoopVec(isBegun ? product + GT : product, this.#firsts, this.#seconds, count)
    if (isBegun) mclBnGT_mul(product, product, product + GT)
  }
}
