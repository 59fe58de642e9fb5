import { concatBytes } from '../core/bytes.ts'
import { hexToBytes } from '../core/hex.ts'
import { isDebitNormal } from './account.ts'
import { chainHash } from './entry.ts'
import type { Ledger } from './ledger.ts'
import { signingBytes, type Transaction } from './transaction.ts'

/** The two sides of one asset, in units of 1e-8: equal, unless the ledger is wrong. */
export interface TrialBalance {
  readonly currency: string
  /** Sum of what assets and expenses hold. */
  readonly debits: bigint
  /** Sum of what liabilities, equity and revenue hold. */
  readonly credits: bigint
}

/** A line an asset, in the order of assets. */
export function trialBalance({ book }: Ledger): TrialBalance[] {
  const sums = new Map(book.assets.map(({ id }) => [id, { debits: 0n, credits: 0n }]))
  for (const { account_type, balance, currency } of book.accounts)
    sums.get(currency)![isDebitNormal(account_type) ? 'debits' : 'credits'] += balance
  return [...sums].map(([currency, sides]) => ({ currency, ...sides }))
}

/**
 * Whether the accounts hold what the transactions of the journal moved, worked out once more from these alone, and the
 * two sides of each asset are equal.
 */
export function isDoubleEntry(ledger: Ledger): boolean {
  const moved = new Map<string, bigint>()
  for (const { amount, from_account, to_account } of transactionsOf(ledger)) {
    moved.set(from_account, (moved.get(from_account) ?? 0n) - amount)
    moved.set(to_account, (moved.get(to_account) ?? 0n) + amount)
  }
  for (const { name, account_type, balance } of ledger.book.accounts) {
    const debit = moved.get(name) ?? 0n
    moved.delete(name)
    if (balance < 0n || balance !== (isDebitNormal(account_type) ? debit : -debit)) return false
  }
  // What is left are accounts that were closed with nothing in them.
  const isRestEmpty = [...moved.values()].every((rest) => rest === 0n)
  return isRestEmpty && trialBalance(ledger).every(({ debits, credits }) => debits === credits)
}

/** What an audit finds. Members named and ordered as in its JSON. */
export interface AuditReport {
  readonly timestamp: number
  readonly total_transactions: number
  /** Each entry has its hash, and follows from the one before. */
  readonly integrity_valid: boolean
  readonly double_entry_valid: boolean
  /** Each transaction is sealed by the key; false where the ledger has none, or it is not there to check by. */
  readonly hmac_valid: boolean
  readonly is_valid: boolean
  /** HMAC over each transaction's JSON followed by `|`, in hex; null without a key. */
  readonly audit_trail_hmac: string | null
}

/** Looks at all entries and balances anew, as of `timestamp` in Unix seconds. */
export function audit(ledger: Ledger, timestamp: number): AuditReport {
  const transactions = transactionsOf(ledger)
  const integrity_valid = isChained(ledger)
  const double_entry_valid = isDoubleEntry(ledger)
  const hmac_valid =
    ledger.isSealed &&
    ledger.hasKey &&
    transactions.every((each) => each.integrity_hmac === ledger.sealOf(signingBytes(each)))
  return {
    ...{
      timestamp,
      total_transactions: transactions.length,
      integrity_valid,
      double_entry_valid,
      hmac_valid,
    },
    is_valid: integrity_valid && double_entry_valid && hmac_valid,
    audit_trail_hmac: ledger.isSealed ? auditTrail(ledger) : null,
  }
}

function auditTrail(ledger: Ledger): string | null {
  const encoder = new TextEncoder()
  const texts = ledger.entries
    .filter(({ json }) => json.startsWith('{"id":'))
    .map(({ json }) => encoder.encode(`${json}|`))
  return ledger.sealOf(concatBytes(...texts))
}

function isChained({ entries, digests }: Ledger): boolean {
  return entries.every(({ json, txHash, entryHash }, sequence) => {
    const previous = sequence === 0 ? null : entries[sequence - 1].entryHash
    return digests.sha256Hex(json) === txHash && chainHash(txHash, sequence, previous, digests) === entryHash
  })
}

/**
 * The first transaction that is not signed by the key, by its entry's number; null where all are. `verify` is Ed25519.
 */
export function firstUnsigned(
  ledger: Ledger,
  verify: (signature: Uint8Array, message: Uint8Array) => boolean,
): number | null {
  for (const entry of ledger.entries) {
    const transaction = ledger.transactionOf(entry)
    if (!transaction) continue
    const { signature } = transaction
    const holds = signature !== null && verify(hexToBytes(signature, 'signature'), signingBytes(transaction))
    if (!holds) return entry.sequence
  }
  return null
}

/** The transactions among the entries, oldest first. */
export function transactionsOf(ledger: Ledger): Transaction[] {
  return ledger.entries.flatMap((entry) => ledger.transactionOf(entry) ?? [])
}
