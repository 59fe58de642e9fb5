import type { Precompile } from '../../src/core/precompile.ts'
import { encodeG1, G1_BYTES, readG1 } from './bn254-points.ts'

/** BN254_ADD(a, b): the sum of two points of G1; fails when one is not on the curve. */
export function bn254Add(cost: { readonly spec: string; readonly gas: number }): Precompile {
  return {
    address: 0x06n,
    name: 'BN254_ADD',
    spec: cost.spec,
    gas: () => cost.gas,
    run: (input, crypto) => encodeG1(crypto.bn254Add(readG1(input, 0), readG1(input, G1_BYTES))),
  }
}
