import type { Delta } from '../../src/core/table.ts'
import { REVERT } from '../evm/flow.ts'

/** Undo and give a reason, keeping the gas left. */
export const eip140: Delta = { eip: 140, title: 'REVERT instruction', add: [REVERT] }
