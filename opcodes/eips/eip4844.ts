import type { Delta } from '../../src/core/table.ts'
import { BLOBHASH } from '../evm/block.ts'
import { POINT_EVALUATION } from '../precompiles/point-evaluation.ts'

/** Transactions that carry blobs, with a fee market of their own. */
export const eip4844: Delta = {
  eip: 4844,
  title: 'Shard blob transactions',
  add: [BLOBHASH],
  precompiles: [POINT_EVALUATION],
  rules: {
    transactionTypes: [0, 1, 2, 3],
    blob: {
      target: 3,
      max: 6,
      updateFraction: 3338477,
      gasPerBlob: 131072,
      minPriceWei: 1,
      perTransaction: null,
      reserveBaseCost: null,
    },
  },
}
