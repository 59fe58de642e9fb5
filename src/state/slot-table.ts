import type { Log } from '../core/host.ts'
import { readLimbs, writeLimbs } from '../core/limbs.ts'
import { LogList } from './log-list.ts'
import * as OWNER from './owner-fields.ts'
import * as RECORD from './record-fields.ts'
import * as SLOT from './slot-fields.ts'
import { hashOf, SEEDS } from './slot-hash.ts'
import * as HEADER from './slot-header.ts'
import type { SlotHome } from './slot-home.ts'
import { FIRST_BUCKETS, SlotIndex } from './slot-index.ts'
import { LOGGED, type PartName, RECORD_BYTES, REFUND, SLOT_BYTES, SLOTS } from './slot-layout.ts'
import { type Place, SlotPart, WordPart } from './slot-part.ts'

// What a table begins with, in one buffer: most states live for one small transaction, and making buffers takes time.
const FIRST_RECORDS = 30
const ENTRIES: Place = { at: 0, sizeBytes: SLOTS + (FIRST_BUCKETS / 2) * SLOT_BYTES }
const BUCKETS: Place = { at: ENTRIES.sizeBytes, sizeBytes: 4 * FIRST_BUCKETS }
const RECORDS: Place = { at: BUCKETS.at + BUCKETS.sizeBytes, sizeBytes: FIRST_RECORDS * RECORD_BYTES }
const FIRST_BYTES = RECORDS.at + RECORDS.sizeBytes
/** Only generated code writes there. */
const NO_LOGS: Place = { at: FIRST_BYTES, sizeBytes: 0 }

/** In place of the last checkpoint: whatever entries say, they are not recorded. */
const NEVER = 0x7fffffff

const NONE = -1

/** A table that has outgrown its home is about to want more room: it leaves with so many times what it uses. */
const GROWTH = 2

/** The key that was looked for last, with its hash: what is not found is added next. */
const keyLimbs = new BigUint64Array(4)
const key = { limbs: keyLimbs, halves: new Int32Array(keyLimbs.buffer), word: 0n, owner: 0, hash: 0 }

function takeKey(owner: number, word: bigint): void {
  if (word === key.word) {
    if (owner === key.owner) return
  } else {
    writeLimbs(key, 0, word)
    key.word = word
  }
  key.owner = owner
  key.hash = hashOf(owner, key.halves)
}

/**
 * The slots of storage and transient storage that a state has met, the refund counter, the log, and the one journal:
 * of changes to these in full, of other changes their place in the order. Laid out so that generated code reads and
 * changes it where a tier has taken it into its memory (`SlotHome`); it is never in two places. A slot is named by its
 * offset, of 31 bits: thirteen million slots take two gigabytes, which no state in memory comes to.
 */
export class SlotTable {
  /** Where it lies; null for buffers of its own. Set by the home alone. */
  home: SlotHome | null = null
  readonly parts: { readonly [K in PartName]: K extends 'entries' | 'logs' ? WordPart : SlotPart }
  readonly #entries: WordPart
  readonly #buckets: SlotPart
  readonly #records: SlotPart
  readonly #logs: LogList
  readonly #index: SlotIndex

  constructor() {
    const buffer = new ArrayBuffer(FIRST_BYTES)
    const entries = new WordPart(buffer, ENTRIES)
    const buckets = new SlotPart(buffer, BUCKETS)
    const records = new SlotPart(buffer, RECORDS)
    const logs = new WordPart(buffer, NO_LOGS)
    this.parts = { entries, buckets, records, logs }
    this.#entries = entries
    this.#buckets = buckets
    this.#records = records
    this.#logs = new LogList(entries, logs)
    this.#index = new SlotIndex(entries, buckets)
    const { halves } = entries
    halves[HEADER.recordsLimit >> 2] = RECORDS.sizeBytes
    halves[HEADER.entriesEnd >> 2] = SLOTS
    halves[HEADER.last >> 2] = REFUND
    halves[(REFUND + SLOT.record) >> 2] = NONE
    halves.set(SEEDS, HEADER.seeds >> 2)
  }

  /** Number of the running transaction. */
  get transaction(): number {
    return this.#entries.halves[HEADER.transaction >> 2]
  }

  /** Bytes of a part that are in use. */
  usedBytes(part: PartName): number {
    const { halves } = this.#entries
    switch (part) {
      case 'entries':
        return halves[HEADER.entriesEnd >> 2]
      case 'buckets':
        return this.#index.sizeBytes
      case 'records':
        return halves[HEADER.recordsEnd >> 2]
      case 'logs':
        return this.#logs.sizeBytes
    }
  }

  /** Tells generated code what room there is where the table lies now. */
  noteRoom(): void {
    const { halves } = this.#entries
    halves[HEADER.recordsLimit >> 2] = this.#records.sizeBytes
    halves[HEADER.logsLimit >> 2] = this.parts.logs.sizeBytes
  }

  // Transactions and the journal.

  /** Begins a transaction: the next number, an empty journal, no refund, no log, no transient storage. */
  begin(): void {
    const { halves } = this.#entries
    halves[HEADER.transaction >> 2]++
    halves[HEADER.recordsEnd >> 2] = 0
    halves[HEADER.checkpoint >> 2] = 0
    writeLimbs(this.#entries, (REFUND + SLOT.current) >> 3, 0n)
    halves[(REFUND + SLOT.record) >> 2] = NONE
    this.#logs.clear()
    const transients = halves[HEADER.transients >> 2]
    halves[HEADER.transients >> 2] = 0
    if (transients !== 0) this.#removeTransients(transients)
  }

  /** Forgets the journal: nothing can be reverted any more. */
  forget(): void {
    const { halves } = this.#entries
    halves[HEADER.recordsEnd >> 2] = 0
    halves[HEADER.checkpoint >> 2] = NEVER
  }

  /** The refund counter, in gas. */
  get refund(): number {
    const { halves } = this.#entries
    const at = (REFUND + SLOT.current) >> 2
    return halves[at + 1] * 2 ** 32 + (halves[at] >>> 0)
  }

  addRefund(gas: number): void {
    this.#record(REFUND)
    const { halves } = this.#entries
    const at = (REFUND + SLOT.current) >> 2
    const sum = this.refund + gas
    halves[at] = sum
    halves[at + 1] = Math.floor(sum / 2 ** 32)
  }

  /** The log of the transaction, oldest first; valid until the next change. */
  get logs(): readonly Log[] {
    return this.#logs.all()
  }

  addLog(log: Log): void {
    const record = this.#newRecord()
    this.#records.halves[record >> 2] = LOGGED
    this.#logs.add(log)
  }

  /** A mark to go back to. */
  checkpoint(): number {
    const { halves } = this.#entries
    const end = halves[HEADER.recordsEnd >> 2]
    halves[HEADER.checkpoint >> 2] = end
    return end
  }

  /** Undoes what was recorded since the mark, last first; `undoOther` undoes what `recordOther` stands for. */
  revert(mark: number, undoOther: () => void): void {
    const { halves } = this.#entries
    const records = this.#records.halves
    let end = halves[HEADER.recordsEnd >> 2]
    while (end > mark) {
      end -= RECORD_BYTES
      const at = end >> 2
      const slot = records[at + (RECORD.entry >> 2)]
      if (slot === 0) {
        undoOther()
        continue
      }
      if (slot === LOGGED) {
        this.#logs.undo(records[at + (RECORD.logAt >> 2)])
        continue
      }
      const to = slot >> 2
      halves[to + (SLOT.record >> 2)] = records[at + (RECORD.record >> 2)]
      halves[to + (SLOT.warmIn >> 2)] = records[at + (RECORD.warmIn >> 2)]
      copyWord(records, end + RECORD.current, halves, slot + SLOT.current)
    }
    halves[HEADER.recordsEnd >> 2] = end
    if (halves[HEADER.checkpoint >> 2] !== NEVER) halves[HEADER.checkpoint >> 2] = end
  }

  /** Records a change that is no slot's. */
  recordOther(): void {
    const record = this.#newRecord()
    this.#records.halves[record >> 2] = 0
  }

  /** Records an entry before it is changed, unless that is done since the last checkpoint. */
  #record(slot: number): void {
    const at = (slot + SLOT.record) >> 2
    const entries = this.#entries
    if (entries.halves[at] >= entries.halves[HEADER.checkpoint >> 2]) return
    const record = this.#newRecord()
    // Making room may have moved the entries.
    const { halves } = entries
    const records = this.#records.halves
    const to = record >> 2
    records[to + (RECORD.entry >> 2)] = slot
    records[to + (RECORD.record >> 2)] = halves[at]
    records[to + (RECORD.warmIn >> 2)] = halves[(slot + SLOT.warmIn) >> 2]
    copyWord(halves, slot + SLOT.current, records, record + RECORD.current)
    halves[at] = record
  }

  #newRecord(): number {
    const end = this.usedBytes('records')
    if (end + RECORD_BYTES > this.#records.sizeBytes) {
      this.home?.release(GROWTH)
      if (end + RECORD_BYTES > this.#records.sizeBytes) this.#records.grow(end)
      this.noteRoom()
    }
    this.#entries.halves[HEADER.recordsEnd >> 2] = end + RECORD_BYTES
    return end
  }

  // Slots.

  /** The slot of an owner, 0 if it is not here. */
  find(owner: number, word: bigint): number {
    takeKey(owner, word)
    return this.#index.find(owner, key.halves, key.hash)
  }

  /** What the slots of an account are filed under from now on; `isZero`: those that are not here are zero. */
  addOwner(isZero: boolean): number {
    const owner = this.#newEntry()
    const { halves } = this.#entries
    const at = owner >> 2
    halves[at + (OWNER.last >> 2)] = owner
    halves[at + (OWNER.isZero >> 2)] = isZero ? 1 : 0
    halves[at + (SLOT.owner >> 2)] = 0
    halves[at + (SLOT.next >> 2)] = 0
    return owner
  }

  /** Whether slots of an owner that are not here are zero. */
  isZero(owner: number): boolean {
    return this.#entries.halves[(owner + OWNER.isZero) >> 2] === 1
  }

  /** Adds a slot, which is not there and zero: to the end of its owner's, or until the next transaction. */
  add(owner: number, word: bigint): number {
    const slot = this.#newEntry()
    const { halves } = this.#entries
    const at = slot >> 2
    takeKey(owner, word)
    halves.fill(0, at, at + SLOT_BYTES / 4)
    copyWord(key.halves, 0, halves, slot + SLOT.key)
    halves[at + (SLOT.owner >> 2)] = owner
    halves[at + (SLOT.stamp >> 2)] = this.transaction
    halves[at + (SLOT.warmIn >> 2)] = NONE
    halves[at + (SLOT.record >> 2)] = NONE
    halves[at + (SLOT.hash >> 2)] = key.hash
    this.#index.add(slot)
    if (isTransient(owner)) {
      halves[at + (SLOT.next >> 2)] = halves[HEADER.transients >> 2]
      halves[HEADER.transients >> 2] = slot
    } else this.#append(owner, slot)
    return slot
  }

  #append(owner: number, slot: number): void {
    const { halves } = this.#entries
    const last = (owner + OWNER.last) >> 2
    halves[(halves[last] + SLOT.next) >> 2] = slot
    halves[last] = slot
  }

  /** Gives a slot that was just added its value in the source. */
  load(slot: number, value: bigint): void {
    const { halves } = this.#entries
    writeLimbs(this.#entries, (slot + SLOT.loaded) >> 3, value)
    copyWord(halves, slot + SLOT.loaded, halves, slot + SLOT.current)
    copyWord(halves, slot + SLOT.loaded, halves, slot + SLOT.original)
  }

  /** Removes an owner with its slots, or a slot and those linked to it; 0 for none. No record may name them. */
  removeAll(first: number): void {
    for (let slot = first; slot !== 0; ) {
      const next = this.next(slot)
      this.#remove(slot)
      slot = next
    }
  }

  #remove(slot: number): void {
    if (this.#entries.halves[(slot + SLOT.owner) >> 2] !== 0) this.#index.remove(slot)
    this.#giveBack(slot)
  }

  /** The end of the table moves back before an entry that lies there, so that less is copied with it; another is free. */
  #giveBack(slot: number): void {
    const { halves } = this.#entries
    halves[(slot + SLOT.owner) >> 2] = 0
    if (slot + SLOT_BYTES === this.usedBytes('entries')) {
      halves[HEADER.entriesEnd >> 2] = slot
      return
    }
    halves[(slot + SLOT.next) >> 2] = halves[HEADER.free >> 2]
    halves[HEADER.free >> 2] = slot
  }

  /** As `removeAll`. Where they are most of the table, filing anew what is left is cheaper than taking each out. */
  #removeTransients(first: number): void {
    let count = 0
    for (let slot = first; slot !== 0; slot = this.next(slot)) count++
    const slots = (this.usedBytes('entries') - SLOTS) / SLOT_BYTES
    if (count < FIRST_BUCKETS || 2 * count < slots) {
      this.removeAll(first)
      return
    }
    for (let slot = first; slot !== 0; ) {
      const next = this.next(slot)
      this.#giveBack(slot)
      slot = next
    }
    this.#index.shrink(this.usedBytes('entries'))
  }

  /** Removes the placeholders among an owner's slots; 0 for none. No record may name them. */
  removePlaceholders(owner: number): void {
    if (owner === 0) return
    const { halves } = this.#entries
    let slot = this.next(owner)
    halves[(owner + OWNER.last) >> 2] = owner
    while (slot !== 0) {
      const next = this.next(slot)
      halves[(slot + SLOT.next) >> 2] = 0
      if (halves[(slot + SLOT.isPlaceholder) >> 2] === 1) this.#remove(slot)
      else this.#append(owner, slot)
      slot = next
    }
  }

  /** The slot was met by the running transaction, whose original value is what it holds then. */
  stamp(slot: number): void {
    const { halves } = this.#entries
    const at = slot >> 2
    const transaction = halves[HEADER.transaction >> 2]
    if (halves[at + (SLOT.stamp >> 2)] === transaction) return
    halves[at + (SLOT.stamp >> 2)] = transaction
    halves[at + (SLOT.record >> 2)] = NONE
    copyWord(halves, slot + SLOT.current, halves, slot + SLOT.original)
  }

  /** Has the slot met anew when it is looked for again. */
  unmeet(slot: number): void {
    this.#entries.halves[(slot + SLOT.stamp) >> 2] = NONE
  }

  /** Marks the slot accessed; true if it was cold. */
  warm(slot: number): boolean {
    if (this.isWarm(slot)) return false
    this.#record(slot)
    const { halves } = this.#entries
    halves[(slot + SLOT.warmIn) >> 2] = halves[HEADER.transaction >> 2]
    return true
  }

  isWarm(slot: number): boolean {
    const { halves } = this.#entries
    return halves[(slot + SLOT.warmIn) >> 2] === halves[HEADER.transaction >> 2]
  }

  setCurrent(slot: number, value: bigint): void {
    this.#record(slot)
    writeLimbs(this.#entries, (slot + SLOT.current) >> 3, value)
  }

  key(slot: number): bigint {
    return readLimbs(this.#entries, (slot + SLOT.key) >> 3)
  }

  current(slot: number): bigint {
    return readLimbs(this.#entries, (slot + SLOT.current) >> 3)
  }

  original(slot: number): bigint {
    return readLimbs(this.#entries, (slot + SLOT.original) >> 3)
  }

  /** Whether the slot holds another value than the source. */
  isChanged(slot: number): boolean {
    const { halves } = this.#entries
    const at = slot >> 2
    for (let i = 0; i < 8; i++)
      if (halves[at + (SLOT.current >> 2) + i] !== halves[at + (SLOT.loaded >> 2) + i]) return true
    return false
  }

  /** The slot after this one, or the first of an owner; 0 at the end. */
  next(slot: number): number {
    return this.#entries.halves[(slot + SLOT.next) >> 2]
  }

  markPlaceholder(slot: number): void {
    this.#entries.halves[(slot + SLOT.isPlaceholder) >> 2] = 1
  }

  // Places.

  #newEntry(): number {
    const { halves } = this.#entries
    const free = halves[HEADER.free >> 2]
    if (free !== 0) {
      halves[HEADER.free >> 2] = halves[(free + SLOT.next) >> 2]
      return free
    }
    const end = this.usedBytes('entries')
    if (end + SLOT_BYTES > this.#entries.sizeBytes) {
      this.home?.release(GROWTH)
      if (end + SLOT_BYTES > this.#entries.sizeBytes) this.#entries.grow(end)
    }
    this.#entries.halves[HEADER.entriesEnd >> 2] = end + SLOT_BYTES
    if (this.#index.isShort((end + SLOT_BYTES - SLOTS) / SLOT_BYTES)) this.#growBuckets(end)
    return end
  }

  /** Makes four times the buckets for the slots below `end`, none of which is free. */
  #growBuckets(end: number): void {
    const sizeBytes = 4 * this.usedBytes('buckets')
    if (sizeBytes > this.#buckets.sizeBytes) {
      this.home?.release(GROWTH)
      this.#buckets.moveOut(sizeBytes, 0)
    }
    this.#index.rebuild(sizeBytes, end)
  }
}

function isTransient(owner: number): boolean {
  return (owner & 1) === 1
}

/** Copies a word from one offset in bytes to another. */
function copyWord(from: Int32Array, at: number, to: Int32Array, target: number): void {
  const a = at >> 2
  const b = target >> 2
  to[b] = from[a]
  to[b + 1] = from[a + 1]
  to[b + 2] = from[a + 2]
  to[b + 3] = from[a + 3]
  to[b + 4] = from[a + 4]
  to[b + 5] = from[a + 5]
  to[b + 6] = from[a + 6]
  to[b + 7] = from[a + 7]
}
