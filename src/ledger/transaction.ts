import { refuseValue } from '../core/members.ts'
import { MAX_AMOUNT } from './amount.ts'
import type { Digests } from './digests.ts'
import { isUnicode } from './json.ts'

/** Money that moved from one account to another. Members named and ordered as in its JSON, nulls written. */
export interface Transaction {
  /** 8 bytes in hex, see `transactionId`; two of the same second may have the same. */
  readonly id: string
  /** Unix seconds. */
  readonly timestamp: number
  /** In units of 1e-8, above 0. */
  readonly amount: bigint
  /** Id of the asset. */
  readonly currency: string
  readonly from_account: string
  readonly to_account: string
  readonly memo: string | null
  /** 12 bytes in hex. */
  readonly nonce: string
  /** Ed25519 over the signing bytes, 64 bytes in hex. */
  readonly signature: string | null
  /** HMAC-SHA256 over the signing bytes by the ledger's key, 32 bytes in hex. */
  readonly integrity_hmac: string | null
  /** Id of a transaction before it. */
  readonly depends_on: string | null
}

/** Longest memo, in bytes of UTF-8. */
export const MEMO_LIMIT_BYTES = 1024

type Signed = Pick<
  Transaction,
  'timestamp' | 'amount' | 'currency' | 'from_account' | 'to_account' | 'memo' | 'nonce'
>

const encoder = new TextEncoder()

/** hex(SHA256("{timestamp}-{from}-{to}-{amount}")[0..8]). */
export function transactionId(
  { timestamp, from_account, to_account, amount }: Signed,
  digests: Digests,
): string {
  return digests.sha256Hex(`${timestamp}-${from_account}-${to_account}-${amount}`).slice(0, 16)
}

/** What is signed: `{timestamp}|{amount}|{currency}|{from}|{to}|{memo or ""}|{nonce hex}`. */
export function signingBytes(transaction: Signed): Uint8Array {
  const { timestamp, amount, currency, from_account, to_account, memo, nonce } = transaction
  return encoder.encode(
    `${timestamp}|${amount}|${currency}|${from_account}|${to_account}|${memo ?? ''}|${nonce}`,
  )
}

/** The transaction as minified JSON; its hash is SHA-256 of these bytes. */
export function transactionToJson(transaction: Transaction): string {
  const { id, timestamp, amount, currency, from_account, to_account, memo, nonce } = transaction
  const { signature, integrity_hmac, depends_on } = transaction
  return (
    `{"id":"${id}","timestamp":${timestamp},"amount":${amount},"currency":"${currency}",` +
    `"from_account":"${from_account}","to_account":"${to_account}",` +
    `"memo":${memo === null ? 'null' : JSON.stringify(memo)},"nonce":"${nonce}","signature":${quoted(signature)},` +
    `"integrity_hmac":${quoted(integrity_hmac)},"depends_on":${quoted(depends_on)}}`
  )
}

function quoted(text: string | null): string {
  return text === null ? 'null' : `"${text}"`
}

const NAME = '"([A-Za-z0-9][A-Za-z0-9_.:-]{0,95})"'
const hex = (sizeBytes: number) => `"([0-9a-f]{${2 * sizeBytes}})"`
const orNull = (pattern: string) => `(?:null|${pattern})`

/** The one form of a transaction: any other writing of it has other bytes, and another hash. */
const FORM = new RegExp(
  `^\\{"id":${hex(8)},"timestamp":(0|[1-9][0-9]{0,11}),"amount":([1-9][0-9]{0,18}),"currency":${NAME},` +
    `"from_account":${NAME},"to_account":${NAME},"memo":(null|"(?:[^"\\\\]|\\\\.)*"),"nonce":${hex(12)},` +
    `"signature":${orNull(hex(64))},"integrity_hmac":${orNull(hex(32))},"depends_on":${orNull(hex(8))}\\}$`,
  's',
)

export function isTransactionJson(json: string): boolean {
  return json.startsWith('{"id":')
}

/** Reads the JSON of a transaction. Throws VALUE naming the member that is not as it is written. */
export function readTransaction(json: string, place: string): Transaction {
  const parts = FORM.exec(json)
  if (!parts) return refuseValue(placeOfFault(json, place), 'not as a transaction is written')
  const amount = BigInt(parts[3])
  if (amount > MAX_AMOUNT) refuseValue(`${place}.amount`, 'more than an amount can be')
  return {
    id: parts[1],
    timestamp: Number(parts[2]),
    amount,
    currency: parts[4],
    from_account: parts[5],
    to_account: parts[6],
    memo: parts[7] === 'null' ? null : readMemo(parts[7], `${place}.memo`),
    nonce: parts[8],
    signature: parts[9] ?? null,
    integrity_hmac: parts[10] ?? null,
    depends_on: parts[11] ?? null,
  }
}

/** The text of a memo as JSON writes it, in the one way that we write it. */
function readMemo(json: string, place: string): string {
  let text: unknown
  try {
    text = JSON.parse(json)
  } catch {
    return refuseValue(place, 'not a text')
  }
  if (JSON.stringify(text) !== json) return refuseValue(place, 'not written as JSON.stringify writes it')
  const fault = memoFault(text as string)
  return fault === null ? (text as string) : refuseValue(place, fault)
}

/** Why a text cannot be a memo; null where it can. */
export function memoFault(text: string): string | null {
  if (!isUnicode(text)) return 'not Unicode'
  return encoder.encode(text).length > MEMO_LIMIT_BYTES ? `longer than ${MEMO_LIMIT_BYTES} bytes` : null
}

/** The place of the first member that the form does not take. */
function placeOfFault(json: string, place: string): string {
  const names = ['id', 'timestamp', 'amount', 'currency', 'from_account', 'to_account', 'memo', 'nonce']
  const all = [...names, 'signature', 'integrity_hmac', 'depends_on']
  for (const [i, name] of all.entries()) {
    const rest = FORM.source.slice(0, FORM.source.indexOf(`"${name}":`) + name.length + 3)
    if (!new RegExp(rest, 's').test(json)) return i === 0 ? place : `${place}.${all[i - 1]}`
  }
  return `${place}.depends_on`
}
