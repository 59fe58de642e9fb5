import type { Delta } from '../../src/core/table.ts'
import { MODEXP_OSAKA } from '../precompiles/modexp.ts'

/** MODEXP operands of at most 8,192 bits (EIP-7823) at a higher price (EIP-7883): one precompile holds both. */
export const eip7823and7883: Delta = {
  eip: 7823,
  title: 'Set upper bounds for MODEXP, and EIP-7883: ModExp gas cost increase',
  precompiles: [MODEXP_OSAKA],
}
