/**
 * What the byte of a position says, added up, for `import * as LANDING`.
 * A constant each, not an object, so that bundlers put the numbers in place.
 */

/** A jump may land here. */
export const allowed = 1
/** A compiled unit begins here. */
export const compiled = 2
