/**
 * How a table of slots lies in memory, for TypeScript and for generated code alike. It has four parts, each of which
 * may be anywhere:
 *
 *     entries  the header, then the refund counter, then the slots: SLOT_BYTES each, one after the other
 *     buckets  i32 each, a power of two of them: where the slots lie by hash, linear probing
 *     records  the journal: RECORD_BYTES each, one after the other
 *     logs     entries of the log that generated code has made, one after the other
 *
 * `slot-header.ts` has the fields of the header, `slot-fields.ts` those of an entry, `owner-fields.ts` those of one that
 * stands for an account, `record-fields.ts` and `log-fields.ts` those of the other parts. A slot is named by its offset in
 * the entries, which never changes while it is in the table; 0 is none. Words are limbs (see `LimbViews`), everything
 * else is i32, all offsets are in bytes.
 */

export const PARTS = ['buckets', 'records', 'logs', 'entries'] as const
export type PartName = (typeof PARTS)[number]

/** In place of an entry in a record. */
export const LOGGED = 4

export const WORD_BYTES = 32
export const SLOT_BYTES = 160
export const RECORD_BYTES = 48

/** An entry whose current value is the refund counter, in gas, as a signed i64, so that it is journaled as any. */
export const REFUND = 96

/** The first slot. */
export const SLOTS = REFUND + SLOT_BYTES
