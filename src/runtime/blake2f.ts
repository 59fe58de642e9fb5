import { plainRounds, type Rounds, wasmRounds } from './blake2f-rounds.ts'

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

/** What does the rounds, once it was asked for. One is enough: a compression never runs inside another. */
let rounds: Rounds | null = null

/**
 * The compression function F of BLAKE2b with a chosen number of rounds (EIP-152, RFC 7693 3.2).
 * `count` is in [0, 2^32), `state` 64 bytes, `block` 128 and `offset` 16, each little-endian words of 64 bits.
 * Returns the new state, 64 bytes.
 */
export function blake2f(
  count: number,
  state: Uint8Array,
  block: Uint8Array,
  offset: Uint8Array,
  final: boolean,
): Uint8Array {
  rounds ??= wasmRounds() ?? plainRounds
  const { vector: v } = rounds
  loadWords(v, state, 8)
  v.set(IV, 8)
  loadWords(rounds.block, block, 16)
  const counter = viewOf(offset)
  v[12] ^= counter.getBigUint64(0, true)
  v[13] ^= counter.getBigUint64(8, true)
  if (final) v[14] = ~v[14]

  rounds.mix(count)

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
