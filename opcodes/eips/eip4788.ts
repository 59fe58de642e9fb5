import type { Delta } from '../../src/core/table.ts'

/** Contracts can read the root of the beacon chain's parent block. */
export const eip4788: Delta = {
  eip: 4788,
  title: 'Beacon block root in the EVM',
  rules: {
    systemCalls: {
      beaconRoots: {
        at: 'start',
        address: 0x000f3df6d732807ef1319fb7b8bb8522d0beac02n,
        input: 'parent-beacon-root',
        requestType: null,
      },
    },
  },
}
