import type { Precompile } from '../../src/core/precompile.ts'

const INPUT_BYTES = 213
const FINAL_AT = 212

/**
 * BLAKE2F(rounds, h, m, t, f): the compression function of BLAKE2b, a gas a round. The input is exactly 213 bytes, and
 * its last, the flag of the final block, is 0 or 1; all but the rounds is little-endian.
 */
export const BLAKE2F: Precompile = {
  address: 0x09n,
  name: 'BLAKE2F',
  spec: 'EIP-152',
  // Of any other length there is no price; the call fails and burns what it was given.
  gas: (input) => (input.length === INPUT_BYTES ? readRounds(input) : 0),
  run(input, crypto) {
    if (input.length !== INPUT_BYTES || input[FINAL_AT] > 1) return null
    const state = input.subarray(4, 68)
    const block = input.subarray(68, 196)
    const offset = input.subarray(196, FINAL_AT)
    return crypto.blake2f(readRounds(input), state, block, offset, input[FINAL_AT] === 1)
  },
}

function readRounds(input: Uint8Array): number {
  return new DataView(input.buffer, input.byteOffset).getUint32(0)
}
