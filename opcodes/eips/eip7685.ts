import type { Delta } from '../../src/core/table.ts'

/** A header commits to requests for the beacon chain. */
export const eip7685: Delta = {
  eip: 7685,
  title: 'General purpose execution layer requests',
  rules: { requests: { depositContract: null } },
}
