import type { Delta } from '../../src/core/table.ts'
import { CHAINID } from '../evm/block.ts'

/** The chain's number. */
export const eip1344: Delta = { eip: 1344, title: 'ChainID opcode', add: [CHAINID] }
