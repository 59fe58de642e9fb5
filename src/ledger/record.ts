import { Members, type Read, readWhole, refuseValue } from '../core/members.ts'
import { type Account, readName, readOpening } from './account.ts'
import { ASSET_NAME_LIMIT, type Asset, type AssetRules, readAsset, readRules, SYMBOL_LIMIT } from './asset.ts'
import {
  exactJson,
  parseExact,
  readAmount,
  readBoolean,
  readHex,
  readInteger,
  readNullable,
  readText,
  readTimestamp,
} from './json.ts'

/** What stands in the journal beside transactions: all else that changes a ledger, and runs of contracts. */
export type LedgerRecord = {
  [Op in keyof RecordFields]: { readonly op: Op } & RecordFields[Op] & Sealed
}[keyof RecordFields]

/** What ends each record. */
interface Sealed {
  /** Unix seconds. */
  readonly timestamp: number
  /** HMAC-SHA256 by the ledger's key over the JSON before this member; null where the ledger has no key. */
  readonly integrity_hmac: string | null
}

/** The members of each kind, in the order they are written in. Amounts in units of 1e-8. */
export interface RecordFields {
  /** The first of every ledger. `key_check` is the HMAC of its key over KEY_CHECK; null for a ledger without a key. */
  readonly ledger: { readonly format: string; readonly key_check: string | null }
  readonly asset: { readonly asset: Asset }
  readonly account: { readonly account: Account }
  readonly rules: { readonly asset: string; readonly rules: AssetRules }
  readonly describe: { readonly asset: string; readonly symbol: string; readonly name: string }
  /** What the account may spend of an asset that requires approval, from now on. */
  readonly approve: { readonly account: string; readonly amount: bigint }
  readonly whitelist: { readonly asset: string; readonly account: string; readonly listed: boolean }
  /** What `spender` may take from an account, from now on. */
  readonly allow: { readonly account: string; readonly spender: string; readonly amount: bigint }
  readonly close: { readonly account: string }
  readonly retire: { readonly asset: string }
  readonly topic: { readonly topic: string; readonly owner: string }
  /** `data` in hex. */
  readonly topic_update: { readonly topic: string; readonly data: string }
  readonly topic_close: { readonly topic: string }
  /** The message `number` of a topic, counted from 1; in hex. */
  readonly message: {
    readonly topic: string
    readonly number: number
    readonly sender: string
    readonly message: string
  }
  readonly run: { readonly run: RunReceipt }
}

/** What a run of a contract was. Hashes are keccak256, roots those of the state; 32 bytes in hex. */
export interface RunReceipt {
  readonly code_hash: string
  readonly input_hash: string
  readonly gas: bigint
  readonly steps: number
  readonly state_root_before: string
  readonly state_root_after: string
  readonly result_hash: string
  /** Entries before this one that the run left: they stand and fall with it. */
  readonly settled: number
}

export const LEDGER_FORMAT = 'zvm-ledger/1'
export const KEY_CHECK: Uint8Array = new TextEncoder().encode(LEDGER_FORMAT)

/** Longest message and longest data of a topic, in bytes. */
export const MESSAGE_LIMIT_BYTES = 4096
const COUNT_LIMIT = 2 ** 32 - 1

const readRun: Read<RunReceipt> = (value, place) => {
  const members = new Members(value, place)
  const hash = (name: string) => members.required(name, readHex(32))
  const run = {
    code_hash: hash('code_hash'),
    input_hash: hash('input_hash'),
    gas: members.required('gas', readGas),
    steps: members.required('steps', readWhole(0, Number.MAX_SAFE_INTEGER)),
    state_root_before: hash('state_root_before'),
    state_root_after: hash('state_root_after'),
    result_hash: hash('result_hash'),
    settled: members.required('settled', readWhole(0, COUNT_LIMIT)),
  }
  members.done()
  return run
}

const readGas = readInteger(2n ** 64n - 1n, 'gas')

const readFormat: Read<string> = (value, place) =>
  value === LEDGER_FORMAT ? LEDGER_FORMAT : refuseValue(place, `not ${LEDGER_FORMAT}`)

const readBytes: Read<string> = (value, place) =>
  typeof value === 'string' && /^(?:[0-9a-f]{2})*$/.test(value) && value.length <= 2 * MESSAGE_LIMIT_BYTES
    ? value
    : refuseValue(place, `not up to ${MESSAGE_LIMIT_BYTES} bytes in lower-case hex`)

/** How the members of each kind are read; their order is that of the JSON. */
const FIELDS: {
  readonly [Op in keyof RecordFields]: {
    readonly [Name in keyof RecordFields[Op]]: Read<RecordFields[Op][Name]>
  }
} = {
  ledger: { format: readFormat, key_check: readNullable(readHex(32)) },
  asset: { asset: readAsset },
  account: { account: readOpening },
  rules: { asset: readName, rules: readRules },
  describe: { asset: readName, symbol: readText(SYMBOL_LIMIT), name: readText(ASSET_NAME_LIMIT) },
  approve: { account: readName, amount: readAmount },
  whitelist: { asset: readName, account: readName, listed: readBoolean },
  allow: { account: readName, spender: readName, amount: readAmount },
  close: { account: readName },
  retire: { asset: readName },
  topic: { topic: readName, owner: readName },
  topic_update: { topic: readName, data: readBytes },
  topic_close: { topic: readName },
  message: { topic: readName, number: readWhole(0, COUNT_LIMIT), sender: readName, message: readBytes },
  run: { run: readRun },
}

/**
 * A record of values that come from elsewhere: each is checked, and what has members has them in the order of the
 * format. Throws VALUE naming the member.
 */
export function makeRecord<Op extends keyof RecordFields>(
  op: Op,
  fields: RecordFields[Op],
  timestamp: number,
): Omit<LedgerRecord, 'integrity_hmac'> {
  const reads = Object.entries(FIELDS[op]) as [keyof RecordFields[Op] & string, Read<unknown>][]
  const checked = reads.map(([name, read]) => [name, read(fields[name], name)])
  return { op, ...Object.fromEntries(checked), timestamp: readTimestamp(timestamp, 'timestamp') }
}

/** What a record's HMAC is over: its JSON up to the member that holds it. */
export function sealedText(record: Omit<LedgerRecord, 'integrity_hmac'>): string {
  const { integrity_hmac: _, ...rest } = record as LedgerRecord
  return exactJson(rest).slice(0, -1)
}

/** The record as minified JSON; its hash is SHA-256 of these bytes. */
export function recordToJson(record: LedgerRecord): string {
  return `${sealedText(record)},"integrity_hmac":${exactJson(record.integrity_hmac)}}`
}

/** Reads the JSON of a record. Throws JSON or VALUE naming the member; its form is the one that we write. */
export function readRecord(json: string, place: string): LedgerRecord {
  const members = new Members(parseExact(json, place), place)
  const op = members.required('op', (value, at) =>
    typeof value === 'string' && Object.hasOwn(FIELDS, value)
      ? (value as keyof RecordFields)
      : refuseValue(at, `none of ${Object.keys(FIELDS).join(', ')}`),
  )
  const fields = Object.entries(FIELDS[op] as Record<string, Read<unknown>>).map(
    ([name, read]) => [name, members.required(name, read)] as const,
  )
  const record = {
    ...{ op, ...Object.fromEntries(fields) },
    timestamp: members.required('timestamp', readTimestamp),
    integrity_hmac: members.required('integrity_hmac', readNullable(readHex(32))),
  } as LedgerRecord
  members.done()
  return recordToJson(record) === json
    ? record
    : refuseValue(place, 'not written as we write it: order, blanks or escapes differ')
}
