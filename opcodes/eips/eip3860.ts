import type { Delta } from '../../src/core/table.ts'
import { create, create2 } from '../evm/system.ts'
import { CREATE_EIP150 } from './eip150.ts'

const LIMIT = 0xc000
const WORD_GAS = 2
const COSTS = { ...CREATE_EIP150, initCodeWord: WORD_GAS, initCodeLimit: LIMIT } as const

/** Initcode is at most 48 KiB and costs 2 a word. */
export const eip3860: Delta = {
  eip: 3860,
  title: 'Limit and meter initcode',
  swap: [create(COSTS), create2(COSTS)],
  rules: { create: { initCodeLimit: LIMIT }, intrinsic: { initCodeWord: WORD_GAS } },
}
