import { MEMORY_LIMIT_BYTES, MemoryArena } from '../core/memory.ts'
import { ARENA, PAGE } from './layout.ts'

/** The memories of frames at the end of linear memory. Growing it detaches every view there was. */
export class LinearArena extends MemoryArena {
  #memory!: WebAssembly.Memory
  readonly #grown: () => void

  /** Tells the tier that the memory has `grown`, or that it should begin anew with another. */
  constructor(limitBytes: number, grown: () => void, renew: () => void) {
    super(limitBytes)
    this.#grown = grown
    this.renew = renew
  }

  /** Takes another memory, which is all zeros. */
  use(memory: WebAssembly.Memory): void {
    this.#memory = memory
    this.see(memory.buffer, ARENA)
  }

  protected override grow(end: number): void {
    const wanted = Math.min(Math.max(end, this.bytes.length * 2), MEMORY_LIMIT_BYTES)
    this.#memory.grow(Math.ceil((wanted - this.bytes.length) / PAGE))
    this.use(this.#memory)
    this.#grown()
  }

  /** Bytes that are there, not stale, and may be used. */
  get presentBytes(): number {
    return Math.min(this.bytes.length, this.limitBytes, this.stale)
  }
}
