import type { Precompile } from '../../src/core/precompile.ts'
import { encodeG1, G1_BYTES, readG1 } from './bls12-points.ts'

/** BLS12_G1ADD(a, b): the sum of two points of the curve, in the subgroup or not. */
export const BLS12_G1ADD: Precompile = {
  address: 0x0bn,
  name: 'BLS12_G1ADD',
  spec: 'EIP-2537',
  gas: () => 375,
  run(input, crypto) {
    if (input.length !== 2 * G1_BYTES) return null
    return encodeG1(crypto.blsG1Add(readG1(input, 0), readG1(input, G1_BYTES)))
  },
}
