import type { Precompile } from '../../src/core/precompile.ts'
import { encodeG2, FP2_BYTES, readFp2 } from './bls12-points.ts'
import { remembered } from './remembered.ts'

/** BLS12_MAP_FP2_TO_G2(element): as MAP_FP_TO_G1, from the quadratic extension to the twisted curve. */
export const BLS12_MAP_FP2_TO_G2: Precompile = remembered({
  address: 0x11n,
  name: 'BLS12_MAP_FP2_TO_G2',
  spec: 'EIP-2537',
  gas: () => 23800,
  run(input, crypto) {
    if (input.length !== FP2_BYTES) return null
    return encodeG2(crypto.blsMapFp2ToG2(readFp2(input, 0)))
  },
})
