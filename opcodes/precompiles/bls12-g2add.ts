import type { Precompile } from '../../src/core/precompile.ts'
import { encodeG2, G2_BYTES, readG2 } from './bls12-points.ts'

/** BLS12_G2ADD(a, b): the sum of two points of the twisted curve, in the subgroup or not. */
export const BLS12_G2ADD: Precompile = {
  address: 0x0dn,
  name: 'BLS12_G2ADD',
  spec: 'EIP-2537',
  gas: () => 600,
  run(input, crypto) {
    if (input.length !== 2 * G2_BYTES) return null
    return encodeG2(crypto.blsG2Add(readG2(input, 0), readG2(input, G2_BYTES)))
  },
}
