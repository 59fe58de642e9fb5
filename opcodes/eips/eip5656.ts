import type { Delta } from '../../src/core/table.ts'
import { MCOPY } from '../evm/memory.ts'

/** Copies within memory. */
export const eip5656: Delta = { eip: 5656, title: 'MCOPY', add: [MCOPY] }
