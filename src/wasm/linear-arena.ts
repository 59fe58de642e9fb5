import { KEPT_BYTES, MEMORY_LIMIT_BYTES, MemoryArena } from '../core/memory.ts'
import { ARENA, PAGE } from './layout.ts'

/** The memories of frames at the end of linear memory. Growing it detaches every view there was. */
export class LinearArena extends MemoryArena {
  #memory!: WebAssembly.Memory
  /** Tells the tier that the memory has grown, or that it should begin anew with another. */
  readonly #grown: () => void
  readonly #renew: () => void

  constructor(limitBytes: number, grown: () => void, renew: () => void) {
    super(limitBytes)
    this.#grown = grown
    this.#renew = renew
  }

  /** Takes another memory, which is all zeros. */
  use(memory: WebAssembly.Memory): void {
    this.#memory = memory
    this.#see()
  }

  override reserve(end: number): void {
    if (end <= this.bytes.length) return
    const wanted = Math.min(Math.max(end, this.bytes.length * 2), MEMORY_LIMIT_BYTES)
    this.#memory.grow(Math.ceil((wanted - this.bytes.length) / PAGE))
    this.#see()
    this.#grown()
  }

  /** Bytes that are there and may be used. */
  get presentBytes(): number {
    return Math.min(this.bytes.length, this.limitBytes)
  }

  override trim(): void {
    if (this.bytes.length > KEPT_BYTES) this.#renew()
  }

  #see(): void {
    this.bytes = new Uint8Array(this.#memory.buffer, ARENA)
    this.view = new DataView(this.#memory.buffer, ARENA)
  }
}
