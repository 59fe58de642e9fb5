const RATE_BYTES = 136
const HASH_BYTES = 32
const ROUNDS = 24

/** For each step of rho and pi: the lane that is written, and how far to the left it is rotated (Keccak 1.2). */
const TARGETS = new Uint8Array(24)
const ROTATIONS = new Uint8Array(24)
/** What iota adds to the first lane, low half and high half a round (FIPS 202 section 3.2.5). */
export const ROUND_CONSTANTS = new Int32Array(2 * ROUNDS)
fillConstants()

/**
 * Keccak-256 in plain TypeScript, where the platform lacks or forbids WebAssembly: the sponge of the Keccak reference
 * (keccak.team, before FIPS 202 changed the padding), 25 lanes of 64 bits as pairs of halves, low half first.
 */
export function plainKeccak256(data: Uint8Array): Uint8Array {
  const lanes = new Int32Array(50)
  const block = new Uint8Array(RATE_BYTES)
  let at = 0
  for (; data.length - at >= RATE_BYTES; at += RATE_BYTES) absorb(lanes, data.subarray(at, at + RATE_BYTES))
  block.set(data.subarray(at))
  block[data.length - at] = 1
  block[RATE_BYTES - 1] |= 0x80
  absorb(lanes, block)
  const hash = new Uint8Array(HASH_BYTES)
  for (let i = 0; i < HASH_BYTES; i++) hash[i] = lanes[i >> 2] >>> (8 * (i & 3))
  return hash
}

function absorb(lanes: Int32Array, block: Uint8Array): void {
  for (let i = 0; i < RATE_BYTES; i++) lanes[i >> 2] ^= block[i] << (8 * (i & 3))
  permute(lanes)
}

/** Columns of theta, and a row of chi, which are written over from round to round. */
const columns = new Int32Array(10)

function permute(lanes: Int32Array): void {
  for (let round = 0; round < ROUNDS; round++) {
    // Theta: to each lane the parities of two columns.
    for (let x = 0; x < 10; x++)
      columns[x] = lanes[x] ^ lanes[x + 10] ^ lanes[x + 20] ^ lanes[x + 30] ^ lanes[x + 40]
    for (let x = 0; x < 10; x += 2) {
      const left = (x + 8) % 10
      const right = (x + 2) % 10
      const low = columns[left] ^ ((columns[right] << 1) | (columns[right + 1] >>> 31))
      const high = columns[left + 1] ^ ((columns[right + 1] << 1) | (columns[right] >>> 31))
      for (let y = x; y < 50; y += 10) {
        lanes[y] ^= low
        lanes[y + 1] ^= high
      }
    }
    // Rho and pi: each lane moves to another's place, rotated.
    let low = lanes[2]
    let high = lanes[3]
    for (let step = 0; step < 24; step++) {
      const to = TARGETS[step]
      const by = ROTATIONS[step] & 31
      // From 32 on the halves change places; a shift by 32 − 0 would be one by 0.
      const [a, b] = ROTATIONS[step] & 32 ? [high, low] : [low, high]
      low = lanes[to]
      high = lanes[to + 1]
      lanes[to] = by === 0 ? a : (a << by) | (b >>> (32 - by))
      lanes[to + 1] = by === 0 ? b : (b << by) | (a >>> (32 - by))
    }
    // Chi: the only step that is not linear, row by row.
    for (let y = 0; y < 50; y += 10) {
      for (let x = 0; x < 10; x++) columns[x] = lanes[y + x]
      for (let x = 0; x < 10; x++) lanes[y + x] ^= ~columns[(x + 2) % 10] & columns[(x + 4) % 10]
    }
    lanes[0] ^= ROUND_CONSTANTS[2 * round]
    lanes[1] ^= ROUND_CONSTANTS[2 * round + 1]
  }
}

function fillConstants(): void {
  for (let step = 0, x = 1, y = 0; step < 24; step++) {
    const next = (2 * x + 3 * y) % 5
    x = y
    y = next
    TARGETS[step] = 2 * (x + 5 * y)
    ROTATIONS[step] = (((step + 1) * (step + 2)) / 2) % 64
  }
  // Bits 2^j − 1 of each constant, from a shift register of eight bits.
  for (let round = 0, register = 1; round < ROUNDS; round++)
    for (let j = 0; j < 7; j++) {
      const bit = 2 ** j - 1
      if (register & 1) ROUND_CONSTANTS[2 * round + (bit >> 5)] ^= 1 << (bit & 31)
      register = register & 0x80 ? ((register << 1) & 0xff) ^ 0x71 : register << 1
    }
}
