import { transactionsOf } from './audit.ts'
import { exactJson } from './json.ts'
import type { Ledger } from './ledger.ts'

/** Accounts, assets and transactions as one JSON object; amounts are whole numbers of units of 1e-8. */
export function exportJson(ledger: Ledger): string {
  const { accounts, assets } = ledger.book
  const transactions = ledger.entries.map(({ json }) => json).filter((json) => json.startsWith('{"id":'))
  const lists = [accounts, assets].map((list) => list.map(exactJson))
  const [accountLines, assetLines, lines] = [...lists, transactions].map((list) =>
    list.length === 0 ? '[]' : `[\n${list.join(',\n')}\n]`,
  )
  return `{"accounts":${accountLines},\n"assets":${assetLines},\n"transactions":${lines}}\n`
}

const COLUMNS = [
  ...(['id', 'timestamp', 'amount', 'currency', 'from_account', 'to_account', 'memo', 'nonce'] as const),
  ...(['signature', 'integrity_hmac', 'depends_on'] as const),
]

/** Transactions as CSV (RFC 4180), a head line first; a null is an empty field, and amounts are in units of 1e-8. */
export function exportCsv(ledger: Ledger): string {
  const rows = transactionsOf(ledger).map((transaction) => COLUMNS.map((name) => field(transaction[name])))
  return [COLUMNS, ...rows].map((row) => `${row.join(',')}\r\n`).join('')
}

/**
 * What a spreadsheet would take for a formula is text behind an apostrophe: a memo is whatever somebody wrote.
 */
function field(value: string | number | bigint | null): string {
  const text = value === null ? '' : String(value)
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
