/** Bytes that the memories of all open frames may take together, in every tier. `--memory-limit` lowers it. */
export const MEMORY_LIMIT_BYTES = 2 ** 30

const FIRST_BYTES = 1 << 13

/** What a frame leaves is zeroed at once up to this size; more only when another needs it, and by as much at a time. */
const ZEROED_BYTES = 1 << 16

/** What an arena keeps from one message to the next; more is given back. */
export const KEPT_BYTES = 1 << 24

/**
 * The memories of all open frames, end to end: a frame grows only while it is the innermost, so each call's memory
 * begins where its caller's ends and nothing is allocated by a call. Bytes past the innermost frame are zero, or stale
 * and zeroed before a frame gets them.
 */
export class MemoryArena {
  /** Replaced when the arena grows: do not hold it across a charge of memory. */
  bytes = new Uint8Array(0)
  view = new DataView(this.bytes.buffer)
  readonly limitBytes: number
  /** From here on bytes may be stale; no open frame has any of them. */
  protected stale = Infinity

  constructor(limitBytes: number) {
    this.limitBytes = Math.min(limitBytes, MEMORY_LIMIT_BYTES)
  }

  /** Makes room up to `end`, at most `limitBytes`. Of the bytes there are, the first `used` are kept. */
  reserve(end: number, used: number): void {
    const from = this.stale
    if (end > from) {
      // What is added by growing is zero.
      this.stale = end > this.bytes.length ? Infinity : Math.max(end, from + ZEROED_BYTES)
      this.bytes.fill(0, from, this.stale)
    }
    if (end > this.bytes.length) this.grow(end, used)
  }

  protected grow(end: number, used: number): void {
    const sizeBytes = Math.max(end, this.bytes.length * 4, FIRST_BYTES)
    const grown = new Uint8Array(Math.min(sizeBytes, MEMORY_LIMIT_BYTES))
    grown.set(this.bytes.subarray(0, used))
    this.see(grown.buffer)
  }

  protected see(buffer: ArrayBuffer, from = 0): void {
    this.bytes = new Uint8Array(buffer, from)
    this.view = new DataView(buffer, from)
  }

  /** Gives back what the last message took beyond KEPT_BYTES. Only while no frame is open. */
  trim(): void {
    if (this.bytes.length <= KEPT_BYTES) return
    this.stale = Infinity
    this.renew()
  }

  protected renew = () => this.see(new ArrayBuffer(0))

  /** Any byte may have been written to. Only while no frame is open. */
  spoil(): void {
    this.stale = 0
  }

  /** Takes back what a frame that ended has used, so that the next one finds zeros. */
  release(from: number, to: number): void {
    if (to - from > ZEROED_BYTES) this.stale = from
    else this.bytes.fill(0, from, to)
  }
}

/** Gas of a memory of `words` words (Yellow Paper Cmem): 3w + w²/512. Exact below 2^26 words. */
export function memoryGas(words: number): number {
  return 3 * words + Math.floor((words * words) / 512)
}
