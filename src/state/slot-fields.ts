/**
 * Fields of an entry of a table of slots (see `slot-layout.ts`): their offsets in bytes, for `import * as SLOT`.
 * A constant each, not an object, so that bundlers put the numbers in place.
 */

export const key = 0
export const current = 32
/** Value when the transaction of `stamp` began. */
export const original = 64
/** Value in the source. */
export const loaded = 96
/**
 * What it is filed under: the storage of an account (see OWNER), or its transient storage (an odd number). 0 where it
 * is no slot, or none any more.
 */
export const owner = 128
/** The transaction that met the slot last. */
export const stamp = 132
/** The transaction for which the slot is warm. */
export const warmIn = 136
/** Where the last record of it lies, -1 if the transaction has none. */
export const record = 140
/** The next slot of the same owner; 0 at the end. */
export const next = 144
export const hash = 148
/** 1 where the source had not loaded the slot, so its value means nothing. */
export const isPlaceholder = 152
