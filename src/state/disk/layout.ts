import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { parseQuantity, toQuantity } from '../../core/hex.ts'
import { parseJson } from '../../core/json.ts'
import { entriesOf, Members } from '../../core/members.ts'
import { bigintToBytes } from '../../core/word.ts'

/**
 * The layout of a store, version 1: one LMDB database of bytes by bytes. The first byte of a key says what it is for:
 *
 * | key | value |
 * |---|---|
 * | `m` | what the store is, as JSON: `StoreSettings` with `format` and `version` |
 * | `r` | the state root, 32 bytes |
 * | `g` | two counts as JSON, by which the store knows when to drop old nodes: `Counts` |
 * | `n` ‖ hash | a node of the trie of accounts or of one of slots: its keccak256 is the hash |
 * | `c` ‖ hash | code, likewise |
 * | `t` ‖ address | the tag of a contract: bytes of whoever deployed it |
 * | `x` ‖ name | a note of whoever changes the store together with something else |
 */
export const FORMAT = 'zvm-store'
export const FORMAT_VERSION = 1

export const SETTINGS_KEY = keyOf('m')
export const ROOT_KEY = keyOf('r')
export const COUNTS_KEY = keyOf('g')

export type HashedKind = 'n' | 'c'

export function hashKey(kind: HashedKind, hash: Uint8Array): Uint8Array {
  return keyOf(kind, hash)
}

export function tagKey(address: bigint): Uint8Array {
  return keyOf('t', bigintToBytes(address, 20))
}

export function noteKey(name: Uint8Array): Uint8Array {
  return keyOf('x', name)
}

/** A key: a letter and what follows it. */
export function keyOf(kind: string, rest: Uint8Array = new Uint8Array(0)): Uint8Array {
  const key = new Uint8Array(1 + rest.length)
  key[0] = kind.charCodeAt(0)
  key.set(rest, 1)
  return key
}

/** What a store was made with. */
export interface StoreSettings {
  readonly chainId: bigint
  /** The name of the table that runs the code of each target the store holds, by the target. */
  readonly tables: ReadonlyMap<string, string>
}

/** Nodes in the trie when old ones were last dropped, and nodes written since. */
export interface Counts {
  readonly live: number
  readonly written: number
}

export function encodeSettings({ chainId, tables }: StoreSettings): Uint8Array {
  const plain = { format: FORMAT, version: FORMAT_VERSION, chainId: toQuantity(chainId) }
  return encodeJson({ ...plain, tables: Object.fromEntries(tables) })
}

/** Throws VALUE naming `place` for what is no store, and for one of another version. */
export function decodeSettings(bytes: Uint8Array, place: string): StoreSettings {
  const members = settingsMembers(bytes, place, FORMAT, FORMAT_VERSION, 'a store of zvm')
  const chainId = members.required('chainId', (value, at) => parseQuantity(value, at, 64))
  const tables = members.required('tables', readTables)
  members.done()
  return { chainId, tables }
}

/** The members of settings, those that say the format behind them. Throws VALUE where it is another, or a version of it. */
export function settingsMembers(
  bytes: Uint8Array,
  place: string,
  format: string,
  version: number,
  what: string,
): Members {
  const members = new Members(parseJson(bytes, place), place, ': ')
  const found = members.required('format', (value) => value)
  if (found !== format) refuse(place, `not ${what} (format ${JSON.stringify(found)})`)
  const foundVersion = members.required('version', (value) => value)
  if (foundVersion !== version)
    refuse(place, `a store of version ${JSON.stringify(foundVersion)}; known: ${version}`)
  return members
}

function readTables(value: unknown, place: string): ReadonlyMap<string, string> {
  return new Map(
    entriesOf(value, place).map(([target, name]) =>
      typeof name === 'string' ? [target, name] : refuse(`${place}.${target}`, 'not a text'),
    ),
  )
}

export function encodeCounts(counts: Counts): Uint8Array {
  return encodeJson(counts)
}

export function decodeCounts(bytes: Uint8Array, place: string): Counts {
  const members = new Members(parseJson(bytes, place), place, ': ')
  const count = (name: string) =>
    members.required(name, (value, at) =>
      Number.isSafeInteger(value) ? Number(value) : refuse(at, 'no count'),
    )
  return { live: count('live'), written: count('written') }
}

function encodeJson(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

function refuse(place: string, what: string): never {
  throw new ZvmError(ERROR_CODES.value, `${place}: ${what}`, { place })
}
