import type { Delta } from '../../src/core/table.ts'

/** Ether comes from the beacon chain, in gwei, at the end of a block. */
export const eip4895: Delta = {
  eip: 4895,
  title: 'Beacon chain push withdrawals as operations',
  rules: { withdrawals: { unitWei: 10n ** 9n } },
}
