import type { Delta } from '../../src/core/table.ts'
import { selfDestruct } from '../evm/system.ts'
import { DESTROY_EIP3529 } from './eip3529.ts'

/** An account is deleted only in the transaction that created it. */
export const eip6780: Delta = {
  eip: 6780,
  title: 'SELFDESTRUCT only in same transaction',
  swap: [selfDestruct({ ...DESTROY_EIP3529, onlyCreated: true, spec: 'EIP-6780' })],
}
