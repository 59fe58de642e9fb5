import type { Delta } from '../../src/core/table.ts'
import { MODEXP_EIP198 } from '../precompiles/modexp.ts'

/** Modular exponentiation of big integers. */
export const eip198: Delta = {
  eip: 198,
  title: 'Big integer modular exponentiation',
  precompiles: [MODEXP_EIP198],
}
