import type { Delta } from '../../src/core/table.ts'
import { TLOAD, TSTORE } from '../evm/storage.ts'

/** Storage that lasts one transaction. */
export const eip1153: Delta = { eip: 1153, title: 'Transient storage', add: [TLOAD, TSTORE] }
