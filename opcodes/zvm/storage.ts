import type { Row } from '../../src/core/row.ts'
import { at } from '../../src/core/table.ts'
import { sload, sstore, TLOAD, TSTORE } from '../evm/storage.ts'
import { LOAD, STORE } from './costs.ts'

/** Storage and transient storage, at Cancun's totals. */
export const STORAGE_ROWS: readonly Row[] = [
  ...[at(0x90, sload(LOAD)), at(0x91, sstore(STORE)), at(0x92, TLOAD), at(0x93, TSTORE)],
]
