import type { Precompile } from '../../src/core/precompile.ts'
import { BLS12_G1ADD } from './bls12-g1add.ts'
import { BLS12_G1MSM } from './bls12-g1msm.ts'
import { BLS12_G2ADD } from './bls12-g2add.ts'
import { BLS12_G2MSM } from './bls12-g2msm.ts'
import { BLS12_MAP_FP_TO_G1 } from './bls12-map-fp-to-g1.ts'
import { BLS12_MAP_FP2_TO_G2 } from './bls12-map-fp2-to-g2.ts'
import { BLS12_PAIRING_CHECK } from './bls12-pairing.ts'

/** The seven precompiles on BLS12-381 that come together with EIP-2537, in the order of their addresses. */
export const BLS12_381: readonly Precompile[] = [
  BLS12_G1ADD,
  BLS12_G1MSM,
  BLS12_G2ADD,
  BLS12_G2MSM,
  BLS12_PAIRING_CHECK,
  BLS12_MAP_FP_TO_G1,
  BLS12_MAP_FP2_TO_G2,
]
