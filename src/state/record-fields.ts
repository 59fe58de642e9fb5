/**
 * Fields of a record of a table of slots, an entry as it was: their offsets in bytes, for `import * as RECORD`.
 * A constant each, not an object, so that bundlers put the numbers in place.
 */

/** The entry; 0 for a change that is recorded elsewhere; LOGGED for an entry of the log. */
export const entry = 0
export const record = 4
export const warmIn = 8
export const current = 16
/** Where the entry of the log began, if it was made by generated code. */
export const logAt = 16
