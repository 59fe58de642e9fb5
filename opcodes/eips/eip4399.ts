import type { Delta } from '../../src/core/table.ts'
import { PREVRANDAO } from '../evm/block.ts'

/** The beacon chain's randomness in the place of difficulty. */
export const eip4399: Delta = {
  eip: 4399,
  title: 'Supplant DIFFICULTY opcode with PREVRANDAO',
  swap: [PREVRANDAO],
}
