import type { Delta } from '../../src/core/table.ts'
import { call, callCode, delegateCall, selfDestruct } from '../evm/system.ts'
import { CALLS_EIP150, DESTROY_EIP150 } from './eip150.ts'

export const CALLS_EIP161 = { ...CALLS_EIP150, newAccount: 'dead-and-paid' } as const
export const DESTROY_EIP161 = { ...DESTROY_EIP150, newAccount: 'dead-and-paid', spec: 'EIP-161' } as const

/** Empty accounts are cleared when touched, and no longer created by sending them nothing. */
export const eip161: Delta = {
  eip: 161,
  title: 'State trie clearing',
  swap: [
    call(CALLS_EIP161),
    callCode(CALLS_EIP161),
    delegateCall(CALLS_EIP161),
    selfDestruct(DESTROY_EIP161),
  ],
  rules: { clearEmpty: true, create: { initialNonce: 1 } },
}
