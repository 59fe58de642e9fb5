import type { Random } from '../random.ts'

/** Bytes that formats treat in ways of their own: ends of ranges, line ends, quotes, brackets. */
const EDGES = [
  0,
  1,
  2,
  3,
  4,
  0x7f,
  0x80,
  0xff,
  ...[...'\n\r\t "\\{}[]():;,@.+-*/0x'].map((char) => char.charCodeAt(0)),
]

/** A few changes at random places: bytes turned, put in, taken out, repeated or moved, words of `dictionary` put in. */
export function mutate(random: Random, original: Uint8Array, dictionary: readonly Uint8Array[]): Uint8Array {
  let bytes = original
  for (let times = random.between(1, random.oneIn(4) ? 12 : 3); times > 0; times--)
    bytes = CHANGES[random.below(CHANGES.length)](random, bytes, dictionary)
  return bytes
}

type Change = (random: Random, bytes: Uint8Array, dictionary: readonly Uint8Array[]) => Uint8Array

const CHANGES: readonly Change[] = [
  (random, bytes) => changed(random, bytes, (byte) => byte ^ (1 << random.below(8))),
  (random, bytes) => changed(random, bytes, () => random.pick(EDGES)),
  (random, bytes) => changed(random, bytes, () => random.below(256)),
  (random, bytes) => changed(random, bytes, (byte) => byte + (random.oneIn(2) ? 1 : -1)),
  (random, bytes) => bytes.slice(0, random.below(bytes.length + 1)),
  (random, bytes) => spliced(bytes, random.below(bytes.length + 1), 0, Uint8Array.of(random.pick(EDGES))),
  (random, bytes) => {
    const [at, length] = stretch(random, bytes)
    return spliced(bytes, at, length, new Uint8Array(0))
  },
  (random, bytes) => {
    const [at, length] = stretch(random, bytes)
    return spliced(bytes, random.below(bytes.length + 1), 0, bytes.slice(at, at + length))
  },
  (random, bytes, dictionary) =>
    spliced(bytes, random.below(bytes.length + 1), random.below(4), random.pick(dictionary)),
]

function changed(random: Random, bytes: Uint8Array, change: (byte: number) => number): Uint8Array {
  const copy = bytes.slice()
  const at = random.below(Math.max(1, copy.length))
  if (at < copy.length) copy[at] = change(copy[at])
  return copy
}

/** A stretch of up to 40 bytes. */
function stretch(random: Random, { length }: Uint8Array): [at: number, length: number] {
  const at = random.below(length + 1)
  return [at, random.below(Math.min(40, length - at) + 1)]
}

function spliced(bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
  const rest = bytes.subarray(Math.min(bytes.length, at + removed))
  const result = new Uint8Array(at + added.length + rest.length)
  result.set(bytes.subarray(0, at))
  result.set(added, at)
  result.set(rest, at + added.length)
  return result
}
