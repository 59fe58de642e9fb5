import type { Delta } from '../../src/core/table.ts'
import { BN254_ADD_EIP196, BN254_MUL_EIP196 } from '../precompiles/bn254.ts'

/** Addition and multiplication on bn254. */
export const eip196: Delta = {
  eip: 196,
  title: 'Precompiles for addition and scalar multiplication on alt_bn128',
  precompiles: [BN254_ADD_EIP196, BN254_MUL_EIP196],
}
