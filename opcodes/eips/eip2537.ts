import type { Delta } from '../../src/core/table.ts'
import { BLS12_381 } from '../precompiles/bls12-381.ts'

/** BLS12-381: sums, multi-scalar multiplication, pairing, maps to the curve. */
export const eip2537: Delta = {
  eip: 2537,
  title: 'Precompiles for BLS12-381 curve operations',
  precompiles: BLS12_381,
}
