import type { Delta } from '../../src/core/table.ts'
import { BN254_PAIRING_EIP197 } from '../precompiles/bn254.ts'

/** Pairing check on bn254. */
export const eip197: Delta = {
  eip: 197,
  title: 'Precompile for the optimal ate pairing check on alt_bn128',
  precompiles: [BN254_PAIRING_EIP197],
}
