import type { Delta } from '../../src/core/table.ts'
import { create2 } from '../evm/system.ts'
import { CREATE_EIP150 } from './eip150.ts'

/** Creation at an address that does not depend on the nonce. */
export const eip1014: Delta = { eip: 1014, title: 'Skinny CREATE2', add: [create2(CREATE_EIP150)] }
