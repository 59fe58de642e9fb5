/** Bytes that the memories of all open frames may take together, in every tier. `--memory-limit` lowers it. */
export const MEMORY_LIMIT_BYTES = 2 ** 30

const FIRST_BYTES = 1 << 13

/** What an arena keeps from one message to the next; more is given back. */
export const KEPT_BYTES = 1 << 24

/**
 * The memories of all open frames, end to end: a frame grows only while it is the innermost, so each call's memory
 * begins where its caller's ends and nothing is allocated by a call. Bytes past the innermost frame are zero.
 */
export class MemoryArena {
  /** Replaced when the arena grows: do not hold it across a charge of memory. */
  bytes = new Uint8Array(FIRST_BYTES)
  view = new DataView(this.bytes.buffer)
  readonly limitBytes: number

  constructor(limitBytes: number) {
    this.limitBytes = Math.min(limitBytes, MEMORY_LIMIT_BYTES)
  }

  /** Makes room up to `end`, at most `limitBytes`. Of the bytes there are, the first `used` are kept. */
  reserve(end: number, used: number): void {
    if (end <= this.bytes.length) return
    const grown = new Uint8Array(Math.min(Math.max(end, this.bytes.length * 4), MEMORY_LIMIT_BYTES))
    grown.set(this.bytes.subarray(0, used))
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }

  /** Gives back what the last message took beyond KEPT_BYTES. Only while no frame is open. */
  trim(): void {
    if (this.bytes.length <= KEPT_BYTES) return
    this.bytes = new Uint8Array(FIRST_BYTES)
    this.view = new DataView(this.bytes.buffer)
  }

  /** Zeroes what a frame that ended has used, so that the next one finds zeros. */
  release(from: number, to: number): void {
    if (to > from) this.bytes.fill(0, from, to)
  }
}

/** Gas of a memory of `words` words (Yellow Paper Cmem): 3w + w²/512. Exact below 2^26 words. */
export function memoryGas(words: number): number {
  return 3 * words + Math.floor((words * words) / 512)
}
