import type { Delta } from '../../src/core/table.ts'
import { SELFBALANCE } from '../evm/block.ts'
import { balance, extCodeHash } from '../evm/environment.ts'
import { sloadFlat } from '../evm/storage.ts'

/** Reads of the state cost what they take. */
export const eip1884: Delta = {
  eip: 1884,
  title: 'Repricing for trie-size-dependent opcodes',
  add: [SELFBALANCE],
  swap: [
    sloadFlat(800, 'EIP-1884'),
    balance({ gas: 700, cold: 0, spec: 'EIP-1884' }),
    extCodeHash({ gas: 700, cold: 0, spec: 'EIP-1884' }),
  ],
}
