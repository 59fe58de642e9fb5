import type { Delta } from '../../src/core/table.ts'

/** More blobs a block. */
export const eip7691: Delta = {
  eip: 7691,
  title: 'Blob throughput increase',
  rules: { blob: { target: 6, max: 9, updateFraction: 5007716 } },
}
