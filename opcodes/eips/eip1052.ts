import type { Delta } from '../../src/core/table.ts'
import { extCodeHash } from '../evm/environment.ts'

/** Hash of another account's code. */
export const eip1052: Delta = {
  eip: 1052,
  title: 'EXTCODEHASH',
  add: [extCodeHash({ gas: 400, cold: 0, spec: 'EIP-1052' })],
}
