import type { Delta } from '../../src/core/table.ts'
import { BASEFEE } from '../evm/block.ts'

/** The block's base fee. */
export const eip3198: Delta = { eip: 3198, title: 'BASEFEE opcode', add: [BASEFEE] }
