/**
 * Fields of the header of a table of slots (see `slot-layout.ts`): their offsets in bytes, for `import * as HEADER`.
 * A constant each, not an object, so that bundlers put the numbers in place.
 */

/** Number of the running transaction: what is stamped otherwise belongs to an earlier one. */
export const transaction = 0
/** Buckets less one. */
export const mask = 4
/** Where the next record goes, where the room for records ends, and where they ended at the last checkpoint. */
export const recordsEnd = 8
export const recordsLimit = 12
export const checkpoint = 16
/** Where the entries end. */
export const entriesEnd = 20
/** First of the entries given back, linked by `next`; 0 at the end. */
export const free = 24
/** First of the slots of transient storage, linked by `next`. */
export const transients = 28
/** Eight secrets of the hash. */
export const seeds = 32
/** The entry that generated code found last: the next question is mostly about the same. */
export const last = 64
/** Where the next entry of the log goes, and where the room for them ends. */
export const logsEnd = 68
export const logsLimit = 72
