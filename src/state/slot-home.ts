import * as HEADER from './slot-header.ts'
import { PARTS, type PartName, REFUND } from './slot-layout.ts'
import type { Place } from './slot-part.ts'
import type { SlotTable } from './slot-table.ts'

/** Where the parts of a table may lie in a buffer. */
export type SlotRoom = Readonly<Record<PartName, Place>>

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
    const tenant = this.#tenant
    if (tenant) for (const part of PARTS) tenant.parts[part].see(buffer, this.#room[part])
  }

  /** Takes a table in, in place of what is there. One that is too large stays where it is. */
  admit(table: SlotTable): void {
    if (this.#tenant === table) return
    this.release()
    const buffer = this.#buffer
    if (!buffer || PARTS.some((part) => table.usedBytes(part) > this.#room[part].sizeBytes)) return
    table.home?.release()
    for (const part of PARTS) table.parts[part].moveTo(buffer, this.#room[part], table.usedBytes(part))
    table.home = this
    table.noteRoom()
    this.#tenant = table
  }

  /** Puts the table that is there into buffers of its own, with room for `growth` times what it uses. */
  release(growth = 1): void {
    const table = this.#tenant
    if (!table) return
    this.#tenant = null
    table.home = null
    const entries = table.parts.entries.halves
    const buckets = table.parts.buckets.halves
    for (const part of PARTS) {
      const sizeBytes = table.usedBytes(part)
      table.parts[part].moveOut(growth * sizeBytes, sizeBytes)
    }
    table.noteRoom()
    // The empty table: one bucket, with nothing in it, and no room for records.
    entries[HEADER.recordsEnd >> 2] = 0
    entries[HEADER.recordsLimit >> 2] = 0
    entries[HEADER.mask >> 2] = 0
    entries[HEADER.last >> 2] = REFUND
    buckets[0] = 0
  }
}
