import type { Delta } from '../../src/core/table.ts'

/** A floor under what calldata costs. */
export const eip7623: Delta = {
  eip: 7623,
  title: 'Increase calldata cost',
  rules: { floor: { perToken: 10 } },
}
