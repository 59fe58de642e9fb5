import type { Delta } from '../../src/core/table.ts'
import { delegateCall } from '../evm/system.ts'
import { FRONTIER_CALLS } from '../frontier.ts'

/** Code of another account that runs as if it were one's own. */
export const eip7: Delta = {
  eip: 7,
  title: 'DELEGATECALL',
  add: [delegateCall(FRONTIER_CALLS)],
}
