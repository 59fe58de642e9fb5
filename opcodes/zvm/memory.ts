import type { Row } from '../../src/core/row.ts'
import { at } from '../../src/core/table.ts'
import { MCOPY, MLOAD, MSIZE, MSTORE, MSTORE8 } from '../evm/memory.ts'

/** Memory, as the EVM's; MSIZE has a price of its own. */
export const MEMORY_ROWS: readonly Row[] = [
  ...[at(0x80, MLOAD), at(0x81, MSTORE), at(0x82, MSTORE8), at(0x83, MSIZE, { gas: 3 }), at(0x84, MCOPY)],
]
