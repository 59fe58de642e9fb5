import type { Delta } from '../../src/core/table.ts'

/** A receipt tells whether its transaction succeeded. */
export const eip658: Delta = {
  eip: 658,
  title: 'Embedding transaction status code in receipts',
  rules: { receiptOutcome: 'status' },
}
