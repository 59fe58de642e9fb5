import type { Delta } from '../../src/core/table.ts'
import { SSTORE_FRONTIER, sstore } from '../evm/storage.ts'

/** Stores are priced by net change. */
export const eip1283: Delta = {
  eip: 1283,
  title: 'Net gas metering for SSTORE without dirty maps',
  swap: [
    sstore({
      base: 0,
      cold: 0,
      again: 200,
      set: 20000,
      reset: 5000,
      clear: 15000,
      sentry: false,
      spec: 'EIP-1283',
    }),
  ],
}

/** EIP-1283 taken back, since 200 gas to store let a stipend re-enter (EIP-1716). */
export const withoutEip1283: Delta = {
  eip: 1716,
  title: 'Petersburg: EIP-1283 removed',
  swap: [SSTORE_FRONTIER],
}
