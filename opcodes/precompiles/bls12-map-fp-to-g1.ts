import type { Precompile } from '../../src/core/precompile.ts'
import { encodeG1, FP_BYTES, readFp } from './bls12-points.ts'
import { remembered } from './remembered.ts'

/** BLS12_MAP_FP_TO_G1(element): a point of the subgroup for any field element (RFC 9380 map, cofactor cleared). */
export const BLS12_MAP_FP_TO_G1: Precompile = remembered({
  address: 0x10n,
  name: 'BLS12_MAP_FP_TO_G1',
  spec: 'EIP-2537',
  gas: () => 5500,
  run(input, crypto) {
    if (input.length !== FP_BYTES) return null
    return encodeG1(crypto.blsMapFpToG1(readFp(input, 0)))
  },
})
