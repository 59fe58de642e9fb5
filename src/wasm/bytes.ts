/** Writers that are done with, to be written to again. */
const spare: ByteWriter[] = []
/** So many of them, of no more than so many bytes, are kept. */
const MOST_SPARE = 16
const MOST_SPARE_BYTES = 1 << 18

/** Grows as it is written to; what it holds is copied out once, at the end. */
export class ByteWriter {
  #bytes = new Uint8Array(256)
  length = 0

  /** An empty one; making new ones, and letting them grow, is what costs most of a short module. */
  static empty(): ByteWriter {
    return spare.pop() ?? new ByteWriter()
  }

  /** Nobody looks at it any more. */
  release(): void {
    this.length = 0
    if (spare.length < MOST_SPARE && this.#bytes.length <= MOST_SPARE_BYTES) spare.push(this)
  }

  byte(value: number): void {
    if (this.length === this.#bytes.length) this.#reserve(1)
    this.#bytes[this.length++] = value
  }

  bytes(values: ArrayLike<number>): void {
    this.#reserve(values.length)
    // A few bytes are written faster one by one.
    if (values.length < 24) for (let i = 0; i < values.length; i++) this.#bytes[this.length + i] = values[i]
    else this.#bytes.set(values, this.length)
    this.length += values.length
  }

  /** Unsigned LEB128 of a non-negative integer below 2^32. */
  unsigned(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.byte(rest)
  }

  /** Signed LEB128 of a 32-bit integer. */
  signed(value: number): void {
    let rest = value | 0
    while (rest > 63 || rest < -64) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>= 7
    }
    this.byte(rest & 0x7f)
  }

  /** Signed LEB128 of a 64-bit integer, given signed or unsigned. */
  signed64(value: bigint): void {
    let low = Number(BigInt.asIntN(32, value))
    let high = Number(BigInt.asIntN(32, value >> 32n))
    // Seven bits at a time, which come into the low half from the high one.
    while (high !== low >> 31) {
      this.byte((low & 0x7f) | 0x80)
      low = (low >>> 7) | (high << 25)
      high >>= 7
    }
    this.signed(low)
  }

  /** Five bytes for a signed LEB128 to be written by `fill`; gives where. */
  hole(): number {
    this.bytes([0, 0, 0, 0, 0])
    return this.length - 5
  }

  /** Writes a number of 0 to 2^31 − 1 into a hole, padded. */
  fill(hole: number, value: number): void {
    for (let i = 0; i < 4; i++) this.#bytes[hole + i] = ((value >>> (7 * i)) & 0x7f) | 0x80
    this.#bytes[hole + 4] = value >>> 28
  }

  /** A name as WebAssembly writes it: length and ASCII. */
  name(text: string): void {
    this.unsigned(text.length)
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i))
  }

  /** What `other` holds, with its length before it. `other` is released. */
  sized(other: ByteWriter): void {
    this.unsigned(other.length)
    this.bytes(other.view())
    other.release()
  }

  /** A view, valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  take(): Uint8Array {
    return this.#bytes.slice(0, this.length)
  }

  #reserve(more: number): void {
    const wanted = this.length + more
    if (wanted <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(wanted, this.#bytes.length * 2))
    grown.set(this.view())
    this.#bytes = grown
  }
}
