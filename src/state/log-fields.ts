/**
 * Fields of an entry of the log, for `import * as LOG`; its data follows the topics, and the next entry begins at a
 * multiple of 8.
 * A constant each, not an object, so that bundlers put the numbers in place.
 */

export const sizeBytes = 0
export const topicCount = 4
export const address = 8
export const topics = 40
