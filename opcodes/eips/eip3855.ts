import type { Delta } from '../../src/core/table.ts'
import { PUSH0 } from '../evm/stack.ts'

/** Zero in one byte. */
export const eip3855: Delta = { eip: 3855, title: 'PUSH0 instruction', add: [PUSH0] }
