import type { Delta } from '../../src/core/table.ts'
import { type AccountAccess, balance, extCodeCopy, extCodeHash, extCodeSize } from '../evm/environment.ts'
import { type StoreCosts, sload, sstore } from '../evm/storage.ts'
import { call, callCode, delegateCall, selfDestruct, staticCall } from '../evm/system.ts'
import { CALLS_EIP161, DESTROY_EIP161 } from './eip161.ts'
import { STORE_EIP2200 } from './eip2200.ts'

const WARM = 100
const COLD_ACCOUNT = 2600
const COLD_SLOT = 2100

const ACCESS: AccountAccess = { gas: WARM, cold: COLD_ACCOUNT - WARM, spec: 'EIP-2929' }

export const CALLS_EIP2929 = { ...CALLS_EIP161, access: ACCESS } as const
export const DESTROY_EIP2929 = { ...DESTROY_EIP161, cold: COLD_ACCOUNT, spec: 'EIP-2929' } as const

export const STORE_EIP2929: StoreCosts = {
  ...STORE_EIP2200,
  cold: COLD_SLOT,
  again: WARM,
  reset: STORE_EIP2200.reset - COLD_SLOT,
  spec: 'EIP-2929',
}

/** The first access to an account or slot in a transaction is dear, later ones cheap. */
export const eip2929: Delta = {
  eip: 2929,
  title: 'Gas cost increases for state access opcodes',
  swap: [
    balance(ACCESS),
    extCodeSize(ACCESS),
    extCodeCopy(ACCESS),
    extCodeHash(ACCESS),
    sload({ gas: WARM, cold: COLD_SLOT - WARM }),
    sstore(STORE_EIP2929),
    call(CALLS_EIP2929),
    callCode(CALLS_EIP2929),
    delegateCall(CALLS_EIP2929),
    staticCall(CALLS_EIP2929),
    selfDestruct(DESTROY_EIP2929),
  ],
  rules: { warmth: { coinbase: false } },
}
