/** A key is read as nibbles, the high half of each byte first. A path is an array with one nibble a byte. */

/** The nibble at position `index` of the key. */
export function nibbleAt(key: Uint8Array, index: number): number {
  const byte = key[index >> 1]
  return (index & 1) === 0 ? byte >> 4 : byte & 15
}

/** How many nibbles of `path` the key has from position `from` on. */
export function matchPath(path: Uint8Array, key: Uint8Array, from: number): number {
  const limit = Math.min(path.length, 2 * key.length - from)
  let count = 0
  while (count < limit && path[count] === nibbleAt(key, from + count)) count++
  return count
}

/** Whether the key goes through `path` from position `from` on. */
export function followsPath(key: Uint8Array, path: Uint8Array, from: number): boolean {
  return matchPath(path, key, from) === path.length
}

/** The first `depth` nibbles of `prefix`, then `path`; if together they are odd, half of the last byte is zero. */
export function joinKey(prefix: Uint8Array, depth: number, path: Uint8Array): Uint8Array {
  const key = new Uint8Array((depth + path.length + 1) >> 1)
  for (let i = 0; i < depth; i++) setNibble(key, i, nibbleAt(prefix, i))
  for (let i = 0; i < path.length; i++) setNibble(key, depth + i, path[i])
  return key
}

function setNibble(key: Uint8Array, index: number, nibble: number): void {
  key[index >> 1] |= (index & 1) === 0 ? nibble << 4 : nibble
}

/** Negative, zero or positive as `a` sorts before, with or after `b`, byte by byte; a prefix comes first. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const sizeBytes = Math.min(a.length, b.length)
  for (let i = 0; i < sizeBytes; i++) if (a[i] !== b[i]) return a[i] - b[i]
  return a.length - b.length
}

/** The first `count` nibbles of the key as hex, one digit a nibble, for messages. */
export function pathToHex(key: Uint8Array, count: number): string {
  let hex = '0x'
  for (let i = 0; i < count; i++) hex += nibbleAt(key, i).toString(16)
  return hex
}
