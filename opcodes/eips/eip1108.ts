import type { Delta } from '../../src/core/table.ts'
import { BN254_ADD_EIP1108, BN254_MUL_EIP1108, BN254_PAIRING_EIP1108 } from '../precompiles/bn254.ts'

/** Cheaper bn254. */
export const eip1108: Delta = {
  eip: 1108,
  title: 'Reduce alt_bn128 precompile gas costs',
  precompiles: [BN254_ADD_EIP1108, BN254_MUL_EIP1108, BN254_PAIRING_EIP1108],
}
