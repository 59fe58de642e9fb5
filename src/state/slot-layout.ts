/**
 * How a table of slots lies in memory, for TypeScript and for generated code alike. It has four parts, each of which
 * may be anywhere:
 *
 *     entries  the header, then the refund counter, then the slots: SLOT_BYTES each, one after the other
 *     buckets  i32 each, a power of two of them: where the slots lie by hash, linear probing
 *     records  the journal: RECORD_BYTES each, one after the other
 *     logs     entries of the log that generated code has made, one after the other
 *
 * A slot is named by its offset in the entries, which never changes while it is in the table; 0 is none. Words are
 * limbs (see `LimbViews`), everything else is i32, all offsets are in bytes.
 */

export const PARTS = ['buckets', 'records', 'logs', 'entries'] as const
export type PartName = (typeof PARTS)[number]

/** Fields of the header. */
export const HEADER = {
  /** Number of the running transaction: what is stamped otherwise belongs to an earlier one. */
  transaction: 0,
  /** Buckets less one. */
  mask: 4,
  /** Where the next record goes, where the room for records ends, and where they ended at the last checkpoint. */
  recordsEnd: 8,
  recordsLimit: 12,
  checkpoint: 16,
  /** Where the entries end. */
  entriesEnd: 20,
  /** First of the entries given back, linked by `next`; 0 at the end. */
  free: 24,
  /** First of the slots of transient storage, linked by `next`. */
  transients: 28,
  /** Eight secrets of the hash. */
  seeds: 32,
  /** The entry that generated code found last: the next question is mostly about the same. */
  last: 64,
  /** Where the next entry of the log goes, and where the room for them ends. */
  logsEnd: 68,
  logsLimit: 72,
} as const

/** Fields of an entry. */
export const SLOT = {
  key: 0,
  current: 32,
  /** Value when the transaction of `stamp` began. */
  original: 64,
  /** Value in the source. */
  loaded: 96,
  /** Whose storage, or transient storage, this is: see `Account`. 0 where it is no slot, or none any more. */
  owner: 128,
  /** The transaction that met the slot last. */
  stamp: 132,
  /** The transaction for which the slot is warm. */
  warmIn: 136,
  /** Where the last record of it lies, -1 if the transaction has none. */
  record: 140,
  /** The next slot of the same owner; 0 at the end. */
  next: 144,
  hash: 148,
  /** 1 where the source had not loaded the slot, so its value means nothing. */
  isPlaceholder: 152,
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
