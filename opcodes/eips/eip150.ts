import type { Delta } from '../../src/core/table.ts'
import { type AccountAccess, balance, extCodeCopy, extCodeSize } from '../evm/environment.ts'
import { sloadFlat } from '../evm/storage.ts'
import {
  type CallCosts,
  call,
  callCode,
  create,
  type DestroyCosts,
  delegateCall,
  selfDestruct,
} from '../evm/system.ts'
import { FRONTIER_CREATE, FRONTIER_DESTROY } from '../frontier.ts'

const ACCESS: AccountAccess = { gas: 700, cold: 0, spec: 'EIP-150' }

export const CALLS_EIP150: CallCosts = {
  access: ACCESS,
  newAccount: 'absent',
  lending: 'all-but-one-64th',
  delegates: false,
}

export const CREATE_EIP150 = { ...FRONTIER_CREATE, lending: 'all-but-one-64th' } as const

export const DESTROY_EIP150: DestroyCosts = {
  ...FRONTIER_DESTROY,
  gas: 5000,
  newAccount: 'absent',
  spec: 'EIP-150',
}

/** Dearer input and output, against attacks; a call hands on at most all but one 64th. */
export const eip150: Delta = {
  eip: 150,
  title: 'Gas cost changes for IO-heavy operations',
  swap: [
    balance({ gas: 400, cold: 0, spec: 'EIP-150' }),
    extCodeSize(ACCESS),
    extCodeCopy(ACCESS),
    sloadFlat(200, 'EIP-150'),
    call(CALLS_EIP150),
    callCode(CALLS_EIP150),
    delegateCall(CALLS_EIP150),
    create(CREATE_EIP150),
    selfDestruct(DESTROY_EIP150),
  ],
}
