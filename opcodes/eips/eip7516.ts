import type { Delta } from '../../src/core/table.ts'
import { BLOBBASEFEE } from '../evm/block.ts'

/** The price of blob gas. */
export const eip7516: Delta = { eip: 7516, title: 'BLOBBASEFEE instruction', add: [BLOBBASEFEE] }
