/**
 * Fields of an entry of the known accounts (see KnownAccounts): the address as three limbs, the stamp of what is valid
 * (i32), price, price a word of input, whether the input comes back, and bytes of the code that it runs, 0 for none (i32
 * each). Their offsets in bytes, for `import * as KNOWN_ENTRY`.
 * A constant each, not an object, so that bundlers put the numbers in place.
 */

export const low = 0
export const middle = 8
export const high = 16
export const stamp = 24
export const base = 28
export const perWord = 32
export const copies = 36
export const codeSize = 40
