import type { Delta } from '../../src/core/table.ts'

/** Transactions that say what they will access. */
export const eip2930: Delta = {
  eip: 2930,
  title: 'Optional access lists',
  rules: { transactionTypes: [0, 1], intrinsic: { accessAddress: 2400, accessSlot: 1900 } },
}
