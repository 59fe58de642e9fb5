import { type Coordinate, writeNumber } from './field.ts'
import { FR, type GroupOperations, groupOperations, type Mcl } from './instance.ts'

interface Affine<T> {
  readonly x: T
  readonly y: T
}

/** Terms of a sum that are computed at once: with more, a term hardly takes less. */
const TERMS_AT_ONCE = 256

/** One of the groups of a curve. Its points lie in mcl's memory as x, y and z, which is zero at infinity. */
export class Group<T> {
  readonly operations: GroupOperations
  readonly sizeBytes: number
  readonly #mcl: Mcl
  readonly #field: Coordinate<T>
  readonly #order: bigint
  readonly #isWhole: boolean
  /** The points of a sum and their scalars, and what comes of them. */
  readonly #points: number
  readonly #scalars: number
  readonly #result: number

  /** `field` is that of its coordinates, `order` that of its subgroup, which may be the whole curve. */
  constructor(mcl: Mcl, name: 'G1' | 'G2', field: Coordinate<T>, order: bigint, isWhole: boolean) {
    this.operations = groupOperations(mcl, name)
    this.sizeBytes = 3 * field.sizeBytes
    this.#mcl = mcl
    this.#field = field
    this.#order = order
    this.#isWhole = isWhole
    this.#points = this.room(TERMS_AT_ONCE)
    this.#scalars = mcl.functions.malloc(TERMS_AT_ONCE * FR)
    this.#result = this.room(2)
  }

  /** Memory for so many points, for good. */
  room(count: number): number {
    return this.#mcl.functions.malloc(count * this.sizeBytes)
  }

  isInfinity({ x, y }: Affine<T>): boolean {
    return this.#field.isZero(x) && this.#field.isZero(y)
  }

  /** Writes the point; false when a coordinate is not below the modulus or the point is off the curve. */
  put(at: number, point: Affine<T>): boolean {
    if (this.isInfinity(point)) {
      this.operations.clear(at)
      return true
    }
    const { sizeBytes } = this.#field
    if (!this.#field.put(at, point.x) || !this.#field.put(at + sizeBytes, point.y)) return false
    this.#field.putOne(at + 2 * sizeBytes)
    return this.operations.isValid(at) === 1
  }

  /** The same, and false for a point outside the subgroup of prime order. */
  putOfSubgroup(at: number, point: Affine<T>): boolean {
    return this.put(at, point) && (this.#isWhole || this.operations.isValidOrder(at) === 1)
  }

  take(at: number): Affine<T> {
    if (this.operations.isZero(at) === 1) this.operations.clear(at)
    else this.operations.normalize(at, at)
    return { x: this.#field.take(at), y: this.#field.take(at + this.#field.sizeBytes) }
  }

  /** The sum of two points of the curve; null if one is not. */
  add(a: Affine<T>, b: Affine<T>): Affine<T> | null {
    const second = this.#points + this.sizeBytes
    if (!this.put(this.#points, a) || !this.put(second, b)) return null
    this.operations.add(this.#result, this.#points, second)
    return this.take(this.#result)
  }

  /** The sum of multiples of points of the subgroup; null if one is outside. */
  multiplySum(terms: readonly (readonly [Affine<T>, bigint])[]): Affine<T> | null {
    const sum = this.#result
    const part = sum + this.sizeBytes
    this.operations.clear(sum)
    for (let from = 0; from < terms.length; from += TERMS_AT_ONCE) {
      const some = terms.slice(from, from + TERMS_AT_ONCE)
      for (const [i, [point, scalar]] of some.entries()) {
        if (!this.putOfSubgroup(this.#points + i * this.sizeBytes, point)) return null
        this.putScalar(this.#scalars + i * FR, scalar)
      }
      this.operations.mulVec(part, this.#points, this.#scalars, some.length)
      this.operations.add(sum, sum, part)
    }
    return this.take(sum)
  }

  /** Writes a scalar of any size, reduced modulo the order. */
  putScalar(at: number, scalar: bigint): void {
    writeNumber(this.#mcl, at, scalar % this.#order, FR)
    this.#mcl.functions.mclBnFr_deserialize(at, at, FR)
  }
}
