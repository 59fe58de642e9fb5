import type { Log } from '../core/host.ts'
import { readLimbs } from '../core/limbs.ts'
import * as LOG from './log-fields.ts'
import * as HEADER from './slot-header.ts'
import { WORD_BYTES } from './slot-layout.ts'
import type { SlotPart, WordPart } from './slot-part.ts'

/**
 * The log of a transaction. Generated code leaves its entries as bytes in the last part of the table, from where they
 * are taken when somebody asks; those that are reverted before are never made.
 */
export class LogList {
  readonly #header: SlotPart
  readonly #bytes: WordPart
  /** What was taken or added here: older than what is left as bytes. */
  readonly #taken: Log[] = []

  constructor(header: SlotPart, bytes: WordPart) {
    this.#header = header
    this.#bytes = bytes
  }

  /** Bytes of entries not taken yet. */
  get sizeBytes(): number {
    return this.#header.halves[HEADER.logsEnd >> 2]
  }

  /** All entries, oldest first; valid until the next change. */
  all(): readonly Log[] {
    const end = this.sizeBytes
    for (let at = 0; at < end; ) at = this.#take(at)
    this.#header.halves[HEADER.logsEnd >> 2] = 0
    return this.#taken
  }

  add(log: Log): void {
    this.all()
    this.#taken.push(log)
  }

  /** Takes back the latest entry. Where it is left as bytes, they began at `at`. */
  undo(at: number): void {
    if (this.sizeBytes > 0) this.#header.halves[HEADER.logsEnd >> 2] = at
    else this.#taken.pop()
  }

  clear(): void {
    this.#header.halves[HEADER.logsEnd >> 2] = 0
    this.#taken.length = 0
  }

  /** Takes the entry at an offset, and returns where the next begins. */
  #take(at: number): number {
    const { halves } = this.#bytes
    const sizeBytes = halves[(at + LOG.sizeBytes) >> 2]
    const count = halves[(at + LOG.topicCount) >> 2]
    const wordAt = (offset: number) => readLimbs(this.#bytes, (at + offset) >> 3)
    const topics = Array.from({ length: count }, (_, i) => wordAt(LOG.topics + i * WORD_BYTES))
    const start = at + LOG.topics + count * WORD_BYTES
    const data = new Uint8Array(halves.buffer, halves.byteOffset + start, sizeBytes).slice()
    this.#taken.push({ address: wordAt(LOG.address), topics, data })
    return (start + sizeBytes + 7) & ~7
  }
}
