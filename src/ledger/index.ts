/**
 * zvm-engine/ledger: accounts, assets with rules, and transfers over a journal with a hash chain. It keeps nothing itself
 * and knows neither clock nor chance: `openText` gives what is to be added to a file, `load` takes it back and checks it.
 */
export { ACCOUNT_TYPES, type Account, type AccountType } from './account.ts'
export { DECIMALS, formatAmount, MAX_AMOUNT, ONE, parseAmount } from './amount.ts'
export {
  ASSET_TYPES,
  type Asset,
  type AssetMetadata,
  type AssetRules,
  type AssetType,
  NO_RULES,
} from './asset.ts'
export {
  type AuditReport,
  audit,
  firstUnsigned,
  isDoubleEntry,
  type TrialBalance,
  transactionsOf,
  trialBalance,
} from './audit.ts'
export type { Book, Topic, Undo } from './book.ts'
export { type Digests, plainDigests } from './digests.ts'
export type { Entry } from './entry.ts'
export { exportCsv, exportJson } from './export.ts'
export type { JournalEnd, JournalPlace } from './journal.ts'
export { Ledger, type LedgerOptions, type TransferDraft } from './ledger.ts'
export { type EntryProof, proofToJson, proveEntry, readProof, rootOf } from './proof.ts'
export type { LedgerRecord, RecordFields, RunReceipt } from './record.ts'
export { type Edge, holderAccount, issueAccount, SettlingLedger } from './settle.ts'
export { signingBytes, type Transaction, transactionId, transactionToJson } from './transaction.ts'
