/** Text of ASCII bytes without the white space (space, tab, CR, LF) around it; null where a byte is none of ASCII. */
export function asciiText(bytes: Uint8Array): string | null {
  let start = 0
  let end = bytes.length
  while (start < end && isSpace(bytes[start])) start++
  while (end > start && isSpace(bytes[end - 1])) end--
  let text = ''
  for (let at = start; at < end; at++) {
    if (bytes[at] >= 0x80) return null
    text += String.fromCharCode(bytes[at])
  }
  return text
}

/** The first byte that is no white space; undefined where there is none. */
export function firstByte(bytes: Uint8Array): number | undefined {
  return bytes.find((byte) => !isSpace(byte))
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
}
