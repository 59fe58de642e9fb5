import type { Rules } from '../src/core/rules.ts'
import { emptyTable, type Table } from '../src/core/table.ts'

/** The rules of the first block of Ethereum, before any EIP. */
export const FRONTIER_RULES: Rules = {
  transactionTypes: [0],
  signature: { chainId: false, lowS: false },
  intrinsic: {
    base: 21000,
    zeroByte: 4,
    nonZeroByte: 68,
    create: 0,
    initCodeWord: 0,
    accessAddress: 0,
    accessSlot: 0,
    authorization: 0,
  },
  floor: null,
  transactionGasCap: null,
  refundQuotient: 2,
  difficulty: { secondsPerStep: null, countsOmmers: false, bombDelay: 0 },
  baseFee: null,
  blob: null,
  create: {
    initialNonce: 0,
    initCodeLimit: Number.MAX_SAFE_INTEGER,
    codeLimit: Number.MAX_SAFE_INTEGER,
    forbiddenFirstByte: null,
    depositPerByte: 200,
    depositShortage: 'keep',
  },
  clearEmpty: false,
  warmth: null,
  delegation: null,
  reward: 5n * 10n ** 18n,
  ommers: { max: 2, generations: 6 },
  receiptOutcome: 'state-root',
  extraData: null,
  drain: null,
  withdrawals: null,
  systemCalls: {},
  requests: null,
  blockSizeLimit: null,
}

/** The table with no rows, under the rules of Frontier: what forks, and tables of one's own, begin from. */
export const EMPTY_TABLE: Table = emptyTable(FRONTIER_RULES)
