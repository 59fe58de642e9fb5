import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { parseFixedBytes, parseQuantity, toFixedHex, toQuantity } from '../../core/hex.ts'
import { parseJson } from '../../core/json.ts'
import { Members } from '../../core/members.ts'
import { bigintToBytes, bytesToBigint } from '../../core/word.ts'
import { keyOf, settingsMembers } from '../../state/disk/layout.ts'

/**
 * The layout of a chain on disk, version 1: one LMDB database of bytes by bytes. The first byte of a key says what it is
 * for; numbers are big-endian:
 *
 * | key | value |
 * |---|---|
 * | `m` | what the chain is, as JSON: `ChainSettings` with `format` and `version` |
 * | `t` | how much there is, as JSON: `Totals` |
 * | `e` | the hash of the head, 32 bytes |
 * | `h` ‖ hash | RLP of total difficulty, header, and the hashes of the ommers |
 * | `b` ‖ hash | RLP of the body: transactions, ommers, and withdrawals where the block has them |
 * | `r` ‖ hash | RLP of the receipts, each as the trie holds it |
 * | `#` ‖ number, 8 bytes | the hash of the block of the canonical chain |
 * | `n` ‖ hash | a node of the trie of accounts or of one of slots: its keccak256 is the hash |
 * | `c` ‖ hash | code, likewise |
 * | `a` ‖ address | nothing: an account that is there in some state |
 * | `s` ‖ address ‖ slot | nothing: a slot that is not zero in some state |
 */
const FORMAT = 'zvm-chain'
const FORMAT_VERSION = 1

export const SETTINGS_KEY = keyOf('m')
export const TOTALS_KEY = keyOf('t')
export const HEAD_KEY = keyOf('e')
export const ACCOUNTS_PREFIX = keyOf('a')
/** What stands where the key says all. */
export const NOTHING = new Uint8Array(0)

export function blockKey(kind: 'h' | 'b' | 'r', hash: bigint): Uint8Array {
  return keyOf(kind, bigintToBytes(hash, 32))
}

export function numberKey(number: bigint): Uint8Array {
  return keyOf('#', bigintToBytes(number, 8))
}

export function accountKey(address: bigint): Uint8Array {
  return keyOf('a', bigintToBytes(address, 20))
}

export function slotKey(address: bigint, key: bigint): Uint8Array {
  const rest = new Uint8Array(52)
  rest.set(bigintToBytes(address, 20))
  rest.set(bigintToBytes(key, 32), 20)
  return keyOf('s', rest)
}

export function slotsPrefix(address: bigint): Uint8Array {
  return keyOf('s', bigintToBytes(address, 20))
}

/** The word at the end of a key. */
export function lastOf(key: Uint8Array, sizeBytes: number): bigint {
  return bytesToBigint(key.subarray(key.length - sizeBytes))
}

/** What a chain was begun with. */
export interface ChainSettings {
  readonly genesisHash: bigint
  readonly chainId: bigint
  /** The `config` of the genesis file, as JSON with sorted members. */
  readonly config: string
}

/** How much a chain holds, of all its branches. */
export interface Totals {
  readonly blocks: number
  readonly transactions: number
  readonly nodes: number
  readonly codes: number
}

export const NO_TOTALS: Totals = { blocks: 0, transactions: 0, nodes: 0, codes: 0 }

export function encodeSettings({ genesisHash, chainId, config }: ChainSettings): Uint8Array {
  return encodeJson({
    ...{ format: FORMAT, version: FORMAT_VERSION, chainId: toQuantity(chainId) },
    ...{ genesisHash: toFixedHex(genesisHash, 32), config },
  })
}

/** Throws VALUE naming `place` for what is no chain, and for one of another version. */
export function decodeSettings(bytes: Uint8Array, place: string): ChainSettings {
  const members = settingsMembers(bytes, place, FORMAT, FORMAT_VERSION, 'a chain of zvm')
  const settings = {
    chainId: members.required('chainId', (value, at) => parseQuantity(value, at)),
    genesisHash: members.required('genesisHash', (value, at) =>
      bytesToBigint(parseFixedBytes(value, at, 32)),
    ),
    config: members.required('config', (value, at) =>
      typeof value === 'string' ? value : refuse(at, 'not a text'),
    ),
  }
  members.done()
  return settings
}

export function encodeTotals(totals: Totals): Uint8Array {
  return encodeJson(totals)
}

export function decodeTotals(bytes: Uint8Array, place: string): Totals {
  const members = new Members(parseJson(bytes, place), place, ': ')
  const count = (name: keyof Totals) =>
    members.required(name, (value, at) =>
      Number.isSafeInteger(value) ? Number(value) : refuse(at, 'no count'),
    )
  const totals = {
    ...{ blocks: count('blocks'), transactions: count('transactions') },
    ...{ nodes: count('nodes'), codes: count('codes') },
  }
  members.done()
  return totals
}

/** JSON by which two configurations can be compared: members sorted, nothing else changed. */
export function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${sortedJson(member)}`).join(',')}}`
}

function encodeJson(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

function refuse(place: string, what: string): never {
  throw new ZvmError(ERROR_CODES.value, `${place}: ${what}`, { place })
}
