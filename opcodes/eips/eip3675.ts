import type { Delta } from '../../src/core/table.ts'

/** The merge: blocks are proposed by the beacon chain and have no proof of work. */
export const eip3675: Delta = {
  eip: 3675,
  title: 'Upgrade consensus to Proof-of-Stake',
  rules: { difficulty: null, reward: null, ommers: null },
}
