import { HEADER, REFUND } from './slot-layout.ts'
import type { Place } from './slot-part.ts'
import type { SlotTable } from './slot-table.ts'

/** Where the parts of a table may lie in a buffer. */
export interface SlotRoom {
  readonly entries: Place
  readonly buckets: Place
  readonly records: Place
  readonly logs: Place
}

/** Room for one table at a time in a tier's linear memory. While no table is there, an empty one is. */
export class SlotHome {
  readonly #room: SlotRoom
  #buffer: ArrayBufferLike | null = null
  #tenant: SlotTable | null = null

  constructor(room: SlotRoom) {
    this.#room = room
  }

  /** The buffer is another one: the old one grown, its content kept, or a new one, which is all zeros. */
  see(buffer: ArrayBufferLike): void {
    const isGrown = this.#buffer?.byteLength === 0
    if (!isGrown) this.release()
    this.#buffer = buffer
    if (this.#tenant) this.#view(this.#tenant)
  }

  /** Takes a table in, in place of what is there. One that is too large stays where it is. */
  admit(table: SlotTable): void {
    if (this.#tenant === table) return
    this.release()
    const { entries, buckets, records, logs } = this.#room
    const fits =
      table.entriesBytes <= entries.sizeBytes &&
      table.bucketsBytes <= buckets.sizeBytes &&
      table.recordsBytes <= records.sizeBytes &&
      table.logsBytes <= logs.sizeBytes
    if (!fits || !this.#buffer) return
    table.home?.release()
    table.buckets.moveTo(this.#buffer, buckets, table.bucketsBytes)
    table.records.moveTo(this.#buffer, records, table.recordsBytes)
    table.logBytes.moveTo(this.#buffer, logs, table.logsBytes)
    table.entries.moveTo(this.#buffer, entries, table.entriesBytes)
    table.entries.halves[HEADER.recordsLimit >> 2] = records.sizeBytes
    table.entries.halves[HEADER.logsLimit >> 2] = logs.sizeBytes
    table.home = this
    this.#tenant = table
  }

  /** Puts the table that is there into buffers of its own. */
  release(): void {
    const table = this.#tenant
    if (!table) return
    this.#tenant = null
    table.home = null
    const left = table.entries.halves
    const buckets = table.buckets.halves
    table.records.moveOut(Math.max(table.recordsBytes, 1024), table.recordsBytes)
    table.logBytes.moveOut(table.logsBytes, table.logsBytes)
    table.buckets.moveOut(table.bucketsBytes, table.bucketsBytes)
    table.entries.moveOut(table.entriesBytes, table.entriesBytes)
    table.entries.halves[HEADER.recordsLimit >> 2] = table.records.sizeBytes
    // The empty table: one bucket, with nothing in it, and no room for records.
    left[HEADER.recordsEnd >> 2] = 0
    left[HEADER.recordsLimit >> 2] = 0
    left[HEADER.mask >> 2] = 0
    left[HEADER.last >> 2] = REFUND
    buckets[0] = 0
  }

  #view(table: SlotTable): void {
    const { entries, buckets, records, logs } = this.#room
    table.entries.see(this.#buffer!, entries)
    table.buckets.see(this.#buffer!, buckets)
    table.records.see(this.#buffer!, records)
    table.logBytes.see(this.#buffer!, logs)
  }
}
