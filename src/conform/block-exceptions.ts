import type { BlockRejection, BlockRejectionCode } from '../chain/block-rejection.ts'
import type { RejectionCode } from '../chain/rejection.ts'

/** What a block, or a transaction in it, may be refused for. */
type Fault = BlockRejectionCode | RejectionCode

/**
 * Our faults for an upstream exception. Several where one upstream name covers what we tell apart, or where another
 * client meets another of two faults first.
 */
const FAULTS: Readonly<Record<string, readonly Fault[] | undefined>> = {
  // The form: what does not decode, or has not the fields of its fork.
  RLP_STRUCTURES_ENCODING: ['malformed', 'header-field', 'body-field'],
  RLP_INVALID_ADDRESS: ['malformed'],
  RLP_INVALID_FIELD_OVERFLOW_64: ['malformed'],
  RLP_WITHDRAWALS_NOT_READ: ['malformed', 'body-field', 'header-field'],
  RLP_BLOCK_LIMIT_EXCEEDED: ['block-size'],
  RLP_ExpectedAsList: ['malformed', 'body-field'],
  INPUT_UNMARSHAL_ERROR: ['malformed'],
  INPUT_UNMARSHAL_ADDRESS_ERROR: ['malformed'],
  INCORRECT_BLOCK_FORMAT: ['malformed', 'header-field', 'body-field'],
  LegacyBlockImportImpossible: ['header-field'],
  LegacyBlockImportImpossible2: ['header-field'],
  '1559BlockImportImpossible_HeaderIsLegacy': ['header-field'],
  IMPORT_IMPOSSIBLE_LEGACY: ['header-field'],
  IMPORT_IMPOSSIBLE_SHANGHAI: ['header-field', 'body-field'],
  IMPORT_IMPOSSIBLE_PARIS_OVER_SHANGHAI: ['header-field', 'body-field'],
  ShanghaiBlockImportImpossible: ['header-field', 'body-field'],
  ParisBlockImportImpossible: ['header-field', 'body-field'],

  // The header.
  UNKNOWN_PARENT: ['unknown-parent'],
  UNKNOWN_PARENT_ZERO: ['unknown-parent'],
  UnknownParent: ['unknown-parent'],
  UnknownParent2: ['unknown-parent'],
  INVALID_BLOCK_NUMBER: ['number'],
  InvalidNumber: ['number'],
  INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT: ['timestamp'],
  InvalidTimestampOlderParent: ['timestamp'],
  InvalidTimestamp: ['timestamp'],
  INVALID_GASLIMIT: ['gas-limit', 'header-field'],
  GASLIMIT_TOO_BIG: ['gas-limit'],
  InvalidGasLimit: ['gas-limit'],
  InvalidGasLimit2: ['gas-limit', 'header-field'],
  EXTRA_DATA_TOO_BIG: ['extra-data-size'],
  ExtraDataTooBig: ['extra-data-size'],
  EXTRA_DATA_INVALID_DAO: ['extra-data-text'],
  ExtraDataIncorrectDAO: ['extra-data-text'],
  INVALID_DIFFICULTY: ['difficulty'],
  InvalidDifficulty: ['difficulty'],
  IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS: ['difficulty'],
  PostParisDifficultyIsNot0: ['difficulty'],
  InvalidBlockNonce: ['seal'],
  INVALID_BASEFEE_PER_GAS: ['base-fee'],
  '1559BlockImportImpossible_BaseFeeWrong': ['base-fee'],
  INCORRECT_EXCESS_BLOB_GAS: ['excess-blob-gas', 'header-field'],
  INCORRECT_BLOB_GAS_USED: ['blob-gas-used', 'blob-gas-limit', 'header-field'],
  BLOB_GAS_USED_ABOVE_LIMIT: ['blob-gas-limit'],
  GAS_USED_OVERFLOW: ['gas-used-above-limit'],

  // Ommers.
  TooManyUncles: ['ommers-count'],
  TOO_MANY_UNCLES: ['ommers-count'],
  UncleInChain: ['ommer-known', 'ommer-ancestor'],
  UncleIsAncestor: ['ommer-ancestor'],
  UncleIsBrother: ['ommer-brother', 'ommer-known'],
  UncleTooOld: ['ommer-parent'],
  UncleParentIsNotAncestor: ['ommer-parent', 'ommer-brother'],
  UNCLE_PARENT_INCORRECT: ['ommer-parent', 'ommer-brother'],
  InvalidUncleParentHash: ['ommer-parent', 'ommer-brother', 'ommer-ancestor'],
  InvalidUnclesHash: ['ommers-hash'],
  IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS: ['ommers-hash'],
  PostParisUncleHashIsNotEmpty: ['ommers-hash'],

  // The body and what came of it.
  INVALID_TRANSACTIONS_ROOT: ['transactions-root'],
  InvalidTransactionsRoot: ['transactions-root'],
  INVALID_WITHDRAWALS_ROOT: ['withdrawals-root'],
  InvalidWithdrawals: ['withdrawals-root', 'malformed', 'body-field'],
  INVALID_GAS_USED: ['gas-used'],
  InvalidGasUsed: ['gas-used'],
  TooMuchGasUsed: ['gas-used', 'gas-used-above-limit', 'block-gas-limit', 'gas-limit'],
  INVALID_LOG_BLOOM: ['logs-bloom'],
  InvalidLogBloom: ['logs-bloom'],
  INVALID_RECEIPTS_ROOT: ['receipts-root'],
  InvalidReceiptsStateRoot: ['receipts-root'],
  INVALID_STATE_ROOT: ['state-root'],
  InvalidStateRoot: ['state-root'],
  INVALID_REQUESTS: ['requests-hash'],
  INVALID_DEPOSIT_EVENT_LAYOUT: ['deposit-layout'],
  SYSTEM_CONTRACT_CALL_FAILED: ['system-call-failed'],
  SYSTEM_CONTRACT_EMPTY: ['system-contract-missing'],
}

const TRANSACTION_FAULTS: Readonly<Record<string, readonly Fault[] | undefined>> = {
  IntrinsicGas: ['intrinsic-gas'],
  TR_IntrinsicGas: ['intrinsic-gas'],
  INTRINSIC_GAS_TOO_LOW: ['intrinsic-gas'],
  INTRINSIC_GAS_BELOW_FLOOR_GAS_COST: ['floor-gas', 'intrinsic-gas'],
  TR_NoFunds: ['insufficient-funds'],
  TR_NoFundsOrGas: ['insufficient-funds', 'intrinsic-gas', 'block-gas-limit'],
  INSUFFICIENT_ACCOUNT_FUNDS: ['insufficient-funds'],
  TR_NonceTooHigh: ['nonce-too-high'],
  NONCE_MISMATCH_TOO_HIGH: ['nonce-too-high'],
  TR_NonceTooLow: ['nonce-too-low'],
  NONCE_MISMATCH_TOO_LOW: ['nonce-too-low'],
  NONCE_IS_MAX: ['nonce-max'],
  TR_GasLimitReached: ['block-gas-limit'],
  BlockGasLimitReached: ['block-gas-limit'],
  GAS_ALLOWANCE_EXCEEDED: ['block-gas-limit', 'max-fee-below-base-fee'],
  GAS_LIMIT_EXCEEDS_MAXIMUM: ['gas-limit-too-high'],
  TR_FeeCapLessThanBlocks: ['max-fee-below-base-fee'],
  TR_FeeCapLessThanBlocksORGasLimitReached: ['max-fee-below-base-fee', 'block-gas-limit'],
  TR_FeeCapLessThanBlocksORNoFunds: ['max-fee-below-base-fee', 'insufficient-funds'],
  INSUFFICIENT_MAX_FEE_PER_GAS: ['max-fee-below-base-fee'],
  TR_TipGtFeeCap: ['priority-fee-above-max-fee'],
  PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS: ['priority-fee-above-max-fee'],
  TR_TypeNotSupported: ['type-not-supported'],
  TYPE_NOT_SUPPORTED: ['type-not-supported', 'malformed'],
  TYPE_1_TX_PRE_FORK: ['type-not-supported'],
  TYPE_2_TX_PRE_FORK: ['type-not-supported'],
  TYPE_3_TX_PRE_FORK: ['type-not-supported'],
  TYPE_4_TX_PRE_FORK: ['type-not-supported'],
  SENDER_NOT_EOA: ['sender-not-eoa'],
  SenderNotEOAorNoCASH: ['sender-not-eoa', 'insufficient-funds'],
  INITCODE_SIZE_EXCEEDED: ['initcode-size'],
  INSUFFICIENT_MAX_FEE_PER_BLOB_GAS: ['blob-fee-too-low'],
  TYPE_3_TX_BLOB_COUNT_EXCEEDED: ['blob-count', 'blob-gas-allowance', 'blob-gas-limit'],
  TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED: ['blob-gas-allowance', 'blob-gas-limit'],
  TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH: ['blob-hash-version'],
  TYPE_3_TX_ZERO_BLOBS: ['blob-hashes-missing'],
  TYPE_3_TX_CONTRACT_CREATION: ['blob-create', 'malformed'],
  TYPE_3_TX_WITH_FULL_BLOBS: ['malformed'],
  TYPE_4_EMPTY_AUTHORIZATION_LIST: ['set-code-empty'],
  TYPE_4_TX_CONTRACT_CREATION: ['set-code-create', 'malformed'],
}

/**
 * Whether a refusal is of a kind that is stated: names joined by `|`. A name that is not known may be any fault. Blocks
 * of older files have the transactions root of what their filler left of them, without the transaction at fault.
 */
export function isExpected(stated: string, { code, transaction, ommer }: BlockRejection): boolean {
  const found = [code, transaction?.code, ommer?.code]
  return stated.split('|').some((exception) => {
    const name = exception.replace(/^\w+\./, '')
    const inTransaction = TRANSACTION_FAULTS[name]
    const faults = inTransaction ? [...inTransaction, 'transactions-root'] : FAULTS[name]
    return !faults || found.some((fault) => fault !== undefined && faults.includes(fault))
  })
}
