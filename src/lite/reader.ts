import { Refusal, type Rule, type Section } from './fault.ts'

/** Reads the parts of a module's bytes and knows where it is. Throws `Refusal`. */
export class Reader {
  readonly bytes: Uint8Array
  at: number
  end: number
  section: Section = 'header'

  constructor(bytes: Uint8Array, from = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = from
    this.end = end
  }

  refuse(rule: Rule, what: string, offset = this.at): never {
    throw new Refusal(rule, this.section, offset, what)
  }

  byte(): number {
    if (this.at >= this.end) this.refuse('malformed', 'unexpected end')
    return this.bytes[this.at++]
  }

  take(sizeBytes: number): Uint8Array {
    if (sizeBytes > this.end - this.at) this.refuse('malformed', `${sizeBytes} bytes go past the end`)
    this.at += sizeBytes
    return this.bytes.subarray(this.at - sizeBytes, this.at)
  }

  /** Unsigned LEB128 of 32 bits. */
  u32(): number {
    const first = this.byte()
    if (first < 0x80) return first
    const start = this.at - 1
    let value = first & 0x7f
    for (let shift = 7; ; shift += 7) {
      const byte = this.byte()
      if (shift === 28 && byte > 0x0f) this.refuse('malformed', 'a number of more than 32 bits', start)
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }

  /** Passes a signed LEB128 of `bits` bits; the value is not wanted. */
  signed(bits: 32 | 64): void {
    const start = this.at
    const most = Math.ceil(bits / 7)
    const used = bits - 7 * (most - 1)
    for (let i = 1; ; i++) {
      const byte = this.byte()
      if (i < most) {
        if (byte < 0x80) return
        continue
      }
      // What is above the sign must be like it.
      const rest = (byte & 0x7f) >> (used - 1)
      if (byte > 0x7f || (rest !== 0 && rest !== 0x7f >> (used - 1)))
        this.refuse('malformed', `a number of more than ${bits} bits`, start)
      return
    }
  }

  /** The value of a signed LEB128 of 32 bits. */
  s32(): number {
    const start = this.at
    this.signed(32)
    let value = 0
    for (let at = start, shift = 0; at < this.at; at++, shift += 7) value |= (this.bytes[at] & 0x7f) << shift
    const bits = 7 * (this.at - start)
    return bits < 32 ? (value << (32 - bits)) >> (32 - bits) : value
  }

  /** A signed LEB128 of 33 bits, as far as its sign is concerned. */
  s33(): number {
    const start = this.at
    for (let i = 0; i < 4; i++) if (this.byte() < 0x80) return this.bytes[this.at - 1] & 0x40 ? -1 : 1
    const last = this.byte()
    if (last > 0x7f || (last > 0x0f && last < 0x70))
      this.refuse('malformed', 'a number of more than 33 bits', start)
    return last & 0x10 ? -1 : 1
  }

  /** Bytes as text, of which `most` are taken. */
  name(most = Number.POSITIVE_INFINITY): string {
    const begin = this.at
    const size = this.u32()
    const start = this.at
    if (size > most) this.refuse('host-limit', `${size} bytes; at most ${most}`, begin)
    try {
      return UTF8.decode(this.take(size))
    } catch (error) {
      if (error instanceof Refusal) throw error
      return this.refuse('malformed', 'a name that is no UTF-8', start)
    }
  }

  /**
   * Reads so many items as a count before them says, of which `most` are taken. Each takes a byte or more, so a count
   * beyond that is refused.
   */
  list(read: (i: number) => void, most = Number.POSITIVE_INFINITY): number {
    const start = this.at
    const count = this.u32()
    if (count > this.end - this.at) this.refuse('malformed', `${count} items go past the end`, start)
    if (count > most) this.refuse('host-limit', `${count} items; at most ${most}`, start)
    for (let i = 0; i < count; i++) read(i)
    return count
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
