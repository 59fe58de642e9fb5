/** First 64 bits of the fractional parts of the square roots of the first eight primes (RFC 7693, 2.6). */
const IV = BigUint64Array.of(
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
)

/** Order of the message words in each round, a row a round; it repeats every ten rounds (RFC 7693, 2.7). */
// biome-ignore format: one row a round
const SIGMA = Uint8Array.of(
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
  11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
  7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
  9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
  2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
  12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
  13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
  6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
  10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
)

/** Working vector and message block. One of each is enough: a compression never runs inside another. */
const v = new BigUint64Array(16)
const m = new BigUint64Array(16)

/**
 * The compression function F of BLAKE2b with a chosen number of rounds (EIP-152, RFC 7693 3.2).
 * `rounds` is in [0, 2^32), `state` 64 bytes, `block` 128 and `offset` 16, each little-endian words of 64 bits.
 * Returns the new state, 64 bytes.
 */
export function blake2f(
  rounds: number,
  state: Uint8Array,
  block: Uint8Array,
  offset: Uint8Array,
  final: boolean,
): Uint8Array {
  loadWords(v, state, 8)
  v.set(IV, 8)
  loadWords(m, block, 16)
  const counter = viewOf(offset)
  v[12] ^= counter.getBigUint64(0, true)
  v[13] ^= counter.getBigUint64(8, true)
  if (final) v[14] = ~v[14]

  mixRounds(rounds)

  const before = viewOf(state)
  const output = new Uint8Array(64)
  const after = viewOf(output)
  for (let i = 0; i < 8; i++)
    after.setBigUint64(8 * i, before.getBigUint64(8 * i, true) ^ v[i] ^ v[i + 8], true)
  return output
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function loadWords(words: BigUint64Array, bytes: Uint8Array, count: number): void {
  const view = viewOf(bytes)
  for (let i = 0; i < count; i++) words[i] = view.getBigUint64(8 * i, true)
}

/** Each round mixes the four columns of the 4×4 vector, then its four diagonals. */
function mixRounds(rounds: number): void {
  let row = 0
  for (let i = 0; i < rounds; i++) {
    mix(0, 4, 8, 12, SIGMA[row], SIGMA[row + 1])
    mix(1, 5, 9, 13, SIGMA[row + 2], SIGMA[row + 3])
    mix(2, 6, 10, 14, SIGMA[row + 4], SIGMA[row + 5])
    mix(3, 7, 11, 15, SIGMA[row + 6], SIGMA[row + 7])
    mix(0, 5, 10, 15, SIGMA[row + 8], SIGMA[row + 9])
    mix(1, 6, 11, 12, SIGMA[row + 10], SIGMA[row + 11])
    mix(2, 7, 8, 13, SIGMA[row + 12], SIGMA[row + 13])
    mix(3, 4, 9, 14, SIGMA[row + 14], SIGMA[row + 15])
    row = row === 144 ? 0 : row + 16
  }
}

/**
 * The mixing function G (RFC 7693, 3.1), with rotations to the right by 32, 24, 16 and 63.
 * Bigints cut to 64 bits after every single step are compiled to plain machine arithmetic: measured four times as fast
 * as pairs of 32-bit halves. One step left uncut, or helpers in place of the shifts by constants, make them heap
 * numbers again, up to thirty times slower: measure after any change.
 */
function mix(ia: number, ib: number, ic: number, id: number, x: number, y: number): void {
  let a = v[ia]
  let b = v[ib]
  let c = v[ic]
  let d = v[id]
  a = BigInt.asUintN(64, BigInt.asUintN(64, a + b) + m[x])
  d = BigInt.asUintN(64, d ^ a)
  d = BigInt.asUintN(64, BigInt.asUintN(64, d << 32n) | (d >> 32n))
  c = BigInt.asUintN(64, c + d)
  b = BigInt.asUintN(64, b ^ c)
  b = BigInt.asUintN(64, BigInt.asUintN(64, b << 40n) | (b >> 24n))
  a = BigInt.asUintN(64, BigInt.asUintN(64, a + b) + m[y])
  d = BigInt.asUintN(64, d ^ a)
  d = BigInt.asUintN(64, BigInt.asUintN(64, d << 48n) | (d >> 16n))
  c = BigInt.asUintN(64, c + d)
  b = BigInt.asUintN(64, b ^ c)
  b = BigInt.asUintN(64, BigInt.asUintN(64, b << 1n) | (b >> 63n))
  v[ia] = a
  v[ib] = b
  v[ic] = c
  v[id] = d
}
