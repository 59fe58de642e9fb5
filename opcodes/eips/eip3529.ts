import type { Delta } from '../../src/core/table.ts'
import { sstore } from '../evm/storage.ts'
import { selfDestruct } from '../evm/system.ts'
import { DESTROY_EIP2929, STORE_EIP2929 } from './eip2929.ts'

export const DESTROY_EIP3529 = { ...DESTROY_EIP2929, refund: 0, spec: 'EIP-3529' } as const

/** Refunds of at most a fifth; none for self-destruction, 4,800 for clearing a slot. */
export const eip3529: Delta = {
  eip: 3529,
  title: 'Reduction in refunds',
  swap: [sstore({ ...STORE_EIP2929, clear: 4800, spec: 'EIP-3529' }), selfDestruct(DESTROY_EIP3529)],
  rules: { refundQuotient: 5 },
}
