import type { Precompile } from '../../src/core/precompile.ts'
import { encodeG1, G1_BYTES, readG1 } from './bn254-points.ts'
import { readUint } from './input.ts'
import { remembered } from './remembered.ts'

/** BN254_MUL(a, scalar): a point of G1 times any word; fails when it is not on the curve. */
export function bn254Mul(cost: { readonly spec: string; readonly gas: number }): Precompile {
  return remembered({
    address: 0x07n,
    name: 'BN254_MUL',
    spec: cost.spec,
    gas: () => cost.gas,
    run: (input, crypto) => encodeG1(crypto.bn254Mul(readG1(input, 0), readUint(input, G1_BYTES, 32))),
  })
}
