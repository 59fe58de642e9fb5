import type { Delta } from '../../src/core/table.ts'
import { CLZ } from '../evm/bitwise.ts'

/** Leading zeros of a word. */
export const eip7939: Delta = { eip: 7939, title: 'Count leading zeros (CLZ) opcode', add: [CLZ] }
