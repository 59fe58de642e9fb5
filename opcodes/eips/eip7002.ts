import type { Delta } from '../../src/core/table.ts'

/** Who holds a validator's withdrawal credentials may ask for its exit. */
export const eip7002: Delta = {
  eip: 7002,
  title: 'Execution layer triggerable withdrawals',
  rules: {
    systemCalls: {
      withdrawalRequests: {
        at: 'end',
        address: 0x00000961ef480eb55e80d19ad83579a64c007002n,
        input: 'nothing',
        requestType: 1,
      },
    },
  },
}
