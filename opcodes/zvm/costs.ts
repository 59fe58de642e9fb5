import type { Frame } from '../../src/core/frame.ts'
import { Halt } from '../../src/core/halt.ts'
import type { Row } from '../../src/core/row.ts'
import type { AccountAccess } from '../evm/environment.ts'
import type { StoreCosts } from '../evm/storage.ts'
import type { CallCosts, CreateCosts, DestroyCosts } from '../evm/system.ts'

// What native rows cost where the machine is the EVM's: the totals of Cancun (EIP-2929, 3529, 3860, 6780).

export const SPEC = 'zvm'
const WARM_GAS = 100
const COLD_ACCOUNT_GAS = 2600
const COLD_SLOT_GAS = 2100

export const ACCESS: AccountAccess = { gas: WARM_GAS, cold: COLD_ACCOUNT_GAS - WARM_GAS, spec: SPEC }

export const LOAD = { gas: WARM_GAS, cold: COLD_SLOT_GAS - WARM_GAS }

export const STORE: StoreCosts = {
  base: 100,
  cold: COLD_SLOT_GAS,
  again: WARM_GAS,
  set: 20000,
  reset: 2900,
  clear: 4800,
  sentry: true,
  spec: SPEC,
}

export const CALLS: CallCosts = {
  access: ACCESS,
  newAccount: 'dead-and-paid',
  lending: 'all-but-one-64th',
  delegates: false,
}

export const CREATES: CreateCosts = { lending: 'all-but-one-64th', initCodeWord: 2, initCodeLimit: 0xc000 }

export const DESTROY: DestroyCosts = {
  gas: 5000,
  cold: COLD_ACCOUNT_GAS,
  newAccount: 'dead-and-paid',
  refund: 0,
  onlyCreated: true,
  spec: SPEC,
}

/** The row with another static gas, and the rest of what it took before charged as its first act: the total stays. */
export function withBase(gas: number, row: Row): Row {
  const rest = row.gas - gas
  const execute = (frame: Frame) => (frame.charge(rest) ? row.execute(frame) : Halt.OutOfGas)
  return { ...row, gas, execute }
}
