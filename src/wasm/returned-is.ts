/**
 * Where the output of a frame's last message is, for `import * as RETURNED_IS`: with the frame alone, at RETURNED alone,
 * or in both places.
 * A constant each, not an object, so that bundlers put the numbers in place.
 */

export const elsewhere = 0
export const here = 1
export const copied = 2
