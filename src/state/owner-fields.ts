/**
 * Fields of an entry that stands for the storage of one account, for `import * as OWNER`. Its offset is what the slots are
 * filed under, and its `next` is the first of them.
 * A constant each, not an object, so that bundlers put the numbers in place.
 */

/** The last of the slots, or the entry itself. */
export const last = 0
/** 1 where slots that are not here are zero, so the source need not be asked. */
export const isZero = 4
