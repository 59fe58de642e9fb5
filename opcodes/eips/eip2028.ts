import type { Delta } from '../../src/core/table.ts'

/** Calldata costs 16 a non-zero byte. */
export const eip2028: Delta = {
  eip: 2028,
  title: 'Transaction data gas cost reduction',
  rules: { intrinsic: { nonZeroByte: 16 } },
}
