import type { Delta } from '../../src/core/table.ts'

/** A contract keeps the hashes of the last 8,191 blocks. */
export const eip2935: Delta = {
  eip: 2935,
  title: 'Serve historical block hashes from state',
  rules: {
    systemCalls: {
      historyStorage: {
        at: 'start',
        address: 0x0000f90827f1c53a10cb7a02335b175320002935n,
        input: 'parent-hash',
        requestType: null,
      },
    },
  },
}
