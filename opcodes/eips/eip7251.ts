import type { Delta } from '../../src/core/table.ts'

/** Validators may be merged. */
export const eip7251: Delta = {
  eip: 7251,
  title: 'Increase the MAX_EFFECTIVE_BALANCE',
  rules: {
    systemCalls: {
      consolidationRequests: {
        at: 'end',
        address: 0x0000bbddc7ce488642fb579f8b00f3a590007251n,
        input: 'nothing',
        requestType: 2,
      },
    },
  },
}
