import type { Point, Point2 } from '../../src/core/crypto.ts'
import type { Precompile } from '../../src/core/precompile.ts'
import { G1_BYTES, G2_BYTES, readG1, readG2 } from './bls12-points.ts'
import { encodeBoolean } from './output.ts'
import { remembered } from './remembered.ts'

const PAIR_BYTES = G1_BYTES + G2_BYTES

/**
 * BLS12_PAIRING_CHECK((a, b)…): whether the product of the pairings is one. Fails on no or an incomplete pair, and on a
 * point outside its subgroup.
 */
export const BLS12_PAIRING_CHECK: Precompile = remembered({
  address: 0x0fn,
  name: 'BLS12_PAIRING_CHECK',
  spec: 'EIP-2537',
  gas: (input) => 37700 + 32600 * Math.floor(input.length / PAIR_BYTES),
  run(input, crypto) {
    if (input.length === 0 || input.length % PAIR_BYTES !== 0) return null
    const pairs: [Point, Point2][] = []
    for (let at = 0; at < input.length; at += PAIR_BYTES)
      pairs.push([readG1(input, at), readG2(input, at + G1_BYTES)])
    const isOne = crypto.blsPairing(pairs)
    return isOne === null ? null : encodeBoolean(isOne)
  },
})
