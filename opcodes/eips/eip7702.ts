import type { Delta } from '../../src/core/table.ts'
import { call, callCode, delegateCall, staticCall } from '../evm/system.ts'
import { CALLS_EIP2929 } from './eip2929.ts'

const COSTS = { ...CALLS_EIP2929, delegates: true } as const

/** Accounts of people may run code, named by an authorisation they sign. */
export const eip7702: Delta = {
  eip: 7702,
  title: 'Set code for EOAs',
  swap: [call(COSTS), callCode(COSTS), delegateCall(COSTS), staticCall(COSTS)],
  rules: {
    transactionTypes: [0, 1, 2, 3, 4],
    intrinsic: { authorization: 25000 },
    delegation: { existingRefund: 12500 },
  },
}
