import type { Point, Point2 } from '../../src/core/crypto.ts'
import type { Precompile } from '../../src/core/precompile.ts'
import { G1_BYTES, G2_BYTES, readG1, readG2 } from './bn254-points.ts'
import { encodeBoolean } from './output.ts'
import { remembered } from './remembered.ts'

const PAIR_BYTES = G1_BYTES + G2_BYTES

/**
 * BN254_PAIRING((a, b)…): whether the product of the pairings of points of G1 and G2 is one; no pairs give one.
 * Fails on an incomplete pair, and on a point that is off its curve or, in G2, outside the subgroup.
 */
export function bn254Pairing(cost: {
  readonly spec: string
  readonly base: number
  readonly perPair: number
}): Precompile {
  return remembered({
    address: 0x08n,
    name: 'BN254_PAIRING',
    spec: cost.spec,
    gas: (input) => cost.base + cost.perPair * Math.floor(input.length / PAIR_BYTES),
    run(input, crypto) {
      if (input.length % PAIR_BYTES !== 0) return null
      const pairs: [Point, Point2][] = []
      for (let at = 0; at < input.length; at += PAIR_BYTES)
        pairs.push([readG1(input, at), readG2(input, at + G1_BYTES)])
      const isOne = crypto.bn254Pairing(pairs)
      return isOne === null ? null : encodeBoolean(isOne)
    },
  })
}
