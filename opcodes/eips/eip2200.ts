import type { Delta } from '../../src/core/table.ts'
import { type StoreCosts, sstore } from '../evm/storage.ts'

export const STORE_EIP2200: StoreCosts = {
  base: 0,
  cold: 0,
  again: 800,
  set: 20000,
  reset: 5000,
  clear: 15000,
  sentry: true,
  spec: 'EIP-2200',
}

/** Net metering again, with a guard against stores on a stipend. */
export const eip2200: Delta = {
  eip: 2200,
  title: 'Structured definitions for net gas metering',
  swap: [sstore(STORE_EIP2200)],
}
