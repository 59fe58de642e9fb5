/**
 * A text of somebody else's for a terminal: printable ASCII stays, all else is escaped, so that nothing in it moves the
 * cursor, changes a colour, or takes another width than it has characters.
 */
export function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)
}

/** A text cut to a width, with a mark where something is missing. */
export function cut(text: string, width: number): string {
  if (text.length <= width) return text
  return width <= 1 ? text.slice(0, Math.max(0, width)) : `${text.slice(0, width - 1)}…`
}
