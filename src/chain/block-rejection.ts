import type { Rejection } from './rejection.ts'

/** Why a block is invalid. Stable: programs may match on it. */
export type BlockRejectionCode =
  | 'malformed'
  | 'unknown-parent'
  | 'number'
  | 'timestamp'
  | 'gas-limit'
  | 'gas-used-above-limit'
  | 'extra-data-size'
  | 'extra-data-text'
  | 'difficulty'
  | 'seal'
  | 'nonce'
  | 'base-fee'
  | 'header-field'
  | 'body-field'
  | 'blob-gas-limit'
  | 'excess-blob-gas'
  | 'block-size'
  | 'ommers-hash'
  | 'ommers-count'
  | 'ommer-known'
  | 'ommer-ancestor'
  | 'ommer-brother'
  | 'ommer-parent'
  | 'ommer-header'
  | 'transactions-root'
  | 'withdrawals-root'
  | 'transaction'
  | 'system-contract-missing'
  | 'system-call-failed'
  | 'deposit-layout'
  | 'gas-used'
  | 'blob-gas-used'
  | 'logs-bloom'
  | 'receipts-root'
  | 'requests-hash'
  | 'state-root'

/** A reason to refuse a block. */
export interface BlockRejection {
  readonly code: BlockRejectionCode
  readonly message: string
  /** What is wrong with a transaction, where that is the reason. */
  readonly transaction?: Rejection
  /** What is wrong with an ommer's header, where that is the reason. */
  readonly ommer?: BlockRejection
}

export function refuseBlock(code: BlockRejectionCode, message: string): BlockRejection {
  return { code, message }
}
