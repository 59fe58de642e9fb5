/**
 * How a table of slots lies in memory, for TypeScript and for generated code alike. It has four parts, each of which
 * may be anywhere:
 *
 *     entries  the header, then the refund counter, then the slots: SLOT_BYTES each, one after the other
 *     buckets  i32 each, a power of two of them: where the slots lie by hash, linear probing
 *     records  the journal: RECORD_BYTES each, one after the other
 *     logs     entries of the log that generated code has made, one after the other
 *
 * `slot-header.ts` has the fields of the header, `slot-fields.ts` those of an entry. A slot is named by its offset in
 * the entries, which never changes while it is in the table; 0 is none. Words are limbs (see `LimbViews`), everything
 * else is i32, all offsets are in bytes.
 */

export const PARTS = ['buckets', 'records', 'logs', 'entries'] as const
export type PartName = (typeof PARTS)[number]

/**
 * Fields of an entry that stands for the storage of one account. Its offset is what the slots are filed under, and its
 * `next` is the first of them.
 */
export const OWNER = {
  /** The last of the slots, or the entry itself. */
  last: 0,
  /** 1 where slots that are not here are zero, so the source need not be asked. */
  isZero: 4,
} as const

/** Fields of a record: an entry as it was. */
export const RECORD = {
  /** The entry; 0 for a change that is recorded elsewhere; LOGGED for an entry of the log. */
  entry: 0,
  record: 4,
  warmIn: 8,
  current: 16,
  /** Where the entry of the log began, if it was made by generated code. */
  logAt: 16,
} as const

/** In place of an entry in a record. */
export const LOGGED = 4

/** An entry of the log; its data follows the topics, and the next entry begins at a multiple of 8. */
export const LOG = {
  sizeBytes: 0,
  topicCount: 4,
  address: 8,
  topics: 40,
} as const

export const WORD_BYTES = 32
export const SLOT_BYTES = 160
export const RECORD_BYTES = 48

/** An entry whose current value is the refund counter, in gas, as a signed i64, so that it is journaled as any. */
export const REFUND = 96

/** The first slot. */
export const SLOTS = REFUND + SLOT_BYTES
