import type { Delta } from '../../src/core/table.ts'
import { MODEXP_EIP2565 } from '../precompiles/modexp.ts'

/** MODEXP priced by what it takes. */
export const eip2565: Delta = { eip: 2565, title: 'ModExp gas cost', precompiles: [MODEXP_EIP2565] }
