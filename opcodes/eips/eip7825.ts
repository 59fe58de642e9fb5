import type { Delta } from '../../src/core/table.ts'

/** A transaction is limited to 2^24 gas. */
export const eip7825: Delta = {
  eip: 7825,
  title: 'Transaction gas limit cap',
  rules: { transactionGasCap: 2 ** 24 },
}
