import type { Delta } from '../../src/core/table.ts'
import { staticCall } from '../evm/system.ts'
import { CALLS_EIP161 } from './eip161.ts'

/** A call in which nothing may be written. */
export const eip214: Delta = { eip: 214, title: 'STATICCALL', add: [staticCall(CALLS_EIP161)] }
