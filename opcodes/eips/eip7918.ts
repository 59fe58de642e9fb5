import type { Delta } from '../../src/core/table.ts'

/** Blob gas never falls far below the cost of executing. */
export const eip7918: Delta = {
  eip: 7918,
  title: 'Blob base fee bounded by execution cost',
  rules: { blob: { reserveBaseCost: 2 ** 13 } },
}
