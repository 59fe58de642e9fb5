import type { Delta } from '../../src/core/table.ts'

/** No new code begins with 0xEF. */
export const eip3541: Delta = {
  eip: 3541,
  title: 'Reject new contract code starting with the 0xEF byte',
  rules: { create: { forbiddenFirstByte: 0xef } },
}
