import type { RuleChange } from '../../src/core/rules.ts'
import { type Delta, extend } from '../../src/core/table.ts'
import { eip658 } from '../eips/eip658.ts'
import { eip3675 } from '../eips/eip3675.ts'
import { eip4788 } from '../eips/eip4788.ts'
import { eip4895 } from '../eips/eip4895.ts'
import { EMPTY_TABLE } from '../empty-table.ts'
import { ARITHMETIC_ROWS } from './arithmetic.ts'
import { CREATES } from './costs.ts'
import { BLOCK_ROWS, ENVIRONMENT_ROWS, LOG_ROWS } from './environment.ts'
import { FLOW_ROWS } from './flow.ts'
import { HASH_ROWS } from './hash.ts'
import { HEDERA_ROWS } from './hedera.ts'
import { LOGIC_ROWS } from './logic.ts'
import { MEMORY_ROWS } from './memory.ts'
import { STACK_ROWS } from './stack.ts'
import { STORAGE_ROWS } from './storage.ts'
import { SYSCALL_ROWS } from './syscall.ts'

/**
 * Transactions, fees, warmth, creation: those of Cancun, so that native and EVM contracts can share a chain. Written out,
 * since taking them from the fork would bring all rows of the EVM into every bundle; those of blocks come from EIPs that
 * bring no rows. A test holds all of them to Cancun's.
 */
const RULES: RuleChange = {
  transactionTypes: [0, 1, 2, 3],
  signature: { chainId: true, lowS: true },
  intrinsic: {
    base: 21000,
    zeroByte: 4,
    nonZeroByte: 16,
    create: 32000,
    initCodeWord: CREATES.initCodeWord,
    accessAddress: 2400,
    accessSlot: 1900,
    authorization: 0,
  },
  refundQuotient: 5,
  baseFee: { changeDenominator: 8, elasticity: 2 },
  blob: {
    target: 3,
    max: 6,
    updateFraction: 3338477,
    gasPerBlob: 131072,
    minPriceWei: 1,
    perTransaction: null,
    reserveBaseCost: null,
  },
  create: {
    initialNonce: 1,
    initCodeLimit: CREATES.initCodeLimit,
    codeLimit: 0x6000,
    forbiddenFirstByte: 0xef,
    depositPerByte: 200,
    depositShortage: 'halt',
  },
  clearEmpty: true,
  warmth: { coinbase: true },
}

const nativeCore: Delta = {
  eip: 0,
  title: 'zvm',
  add: [
    ...[FLOW_ROWS, STACK_ROWS, ARITHMETIC_ROWS, LOGIC_ROWS, HASH_ROWS, MEMORY_ROWS, STORAGE_ROWS].flat(),
    ...[ENVIRONMENT_ROWS, BLOCK_ROWS, SYSCALL_ROWS, HEDERA_ROWS, LOG_ROWS].flat(),
  ],
  rules: RULES,
}

/** The native instruction set without what needs more cryptography than keccak; no precompiles. */
export const zvmCore = extend(EMPTY_TABLE, 'zvm-core', [nativeCore, eip658, eip3675, eip4788, eip4895])
