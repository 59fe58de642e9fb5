import type { Delta } from '../../src/core/table.ts'

/** A base fee that is burnt and follows demand, and transactions that bid over it. */
export const eip1559: Delta = {
  eip: 1559,
  title: 'Fee market change',
  rules: { transactionTypes: [0, 1, 2], baseFee: { changeDenominator: 8, elasticity: 2 } },
}
