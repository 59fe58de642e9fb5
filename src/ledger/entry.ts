import { refuseValue } from '../core/members.ts'
import type { Digests } from './digests.ts'

/** One entry of the journal: a transaction or a record, and its place in the chain. */
export interface Entry {
  /** From 0. */
  readonly sequence: number
  /** Of the transaction or record, minified. */
  readonly json: string
  /** SHA-256 of the JSON, in hex: as texts, hashes are small and live long without burden. */
  readonly txHash: string
  /** SHA256(txHash ‖ sequence as u64 LE ‖ entryHash before, if any), in hex. */
  readonly entryHash: string
}

/** The entry of some JSON that follows `previous`. */
export function makeEntry(json: string, previous: Entry | null, digests: Digests): Entry {
  const sequence = previous ? previous.sequence + 1 : 0
  const txHash = digests.sha256Hex(json)
  return {
    sequence,
    json,
    txHash,
    entryHash: chainHash(txHash, sequence, previous?.entryHash ?? null, digests),
  }
}

const chained = new Uint8Array(72)
const chainedView = new DataView(chained.buffer)
const unchained = chained.subarray(0, 40)

export function chainHash(
  txHash: string,
  sequence: number,
  previous: string | null,
  { sha256Hex }: Digests,
): string {
  putHex(txHash, 0)
  chainedView.setUint32(32, sequence, true)
  chainedView.setUint32(36, Math.floor(sequence / 2 ** 32), true)
  if (previous === null) return sha256Hex(unchained)
  putHex(previous, 40)
  return sha256Hex(chained)
}

/** Lower-case hex into the bytes that are hashed. */
function putHex(hex: string, at: number): void {
  for (let i = 0; i < hex.length; i += 2)
    chained[at + i / 2] = digit(hex.charCodeAt(i)) * 16 + digit(hex.charCodeAt(i + 1))
}

function digit(char: number): number {
  return char < 58 ? char - 48 : char - 87
}

/** The entry as it stands in the file. */
export function entryText({ sequence, json, txHash, entryHash }: Entry): string {
  return `{"sequence":${sequence},"body":${json},"tx_hash":"${txHash}","entry_hash":"${entryHash}"}`
}

/** The parts of an entry's text, before anything of them is checked but their form. */
export interface EntryParts {
  readonly sequence: number
  readonly json: string
  /** Where the JSON begins and ends, in characters of the line. */
  readonly jsonStart: number
  readonly jsonEnd: number
  /** 64 digits of hex each. */
  readonly txHash: string
  readonly entryHash: string
}

const HEAD = '{"sequence":'
const BODY = ',"body":'
const TAIL = ',"tx_hash":"'
const LAST = '","entry_hash":"'
const HASH_DIGITS = 64
const TAIL_LENGTH = TAIL.length + HASH_DIGITS + LAST.length + HASH_DIGITS + 2

/** The parts of a text that begins at `start` of a line. Throws VALUE naming the member that is not as it is written. */
export function splitEntry(line: string, start: number, end: number, place: string): EntryParts {
  const jsonStart = line.indexOf(BODY, start) + BODY.length
  const jsonEnd = end - TAIL_LENGTH
  const number = line.slice(start + HEAD.length, jsonStart - BODY.length)
  if (!line.startsWith(HEAD, start) || !/^(?:0|[1-9][0-9]{0,14})$/.test(number))
    refuseValue(`${place}: sequence`, 'not where it belongs, or no number')
  const hashStart = jsonEnd + TAIL.length
  const lastStart = hashStart + HASH_DIGITS
  const txHash = line.slice(hashStart, lastStart)
  const entryHash = line.slice(lastStart + LAST.length, end - 2)
  if (jsonEnd <= jsonStart || !line.startsWith(TAIL, jsonEnd) || !isHash(txHash))
    refuseValue(`${place}: tx_hash`, 'not where it belongs, or not 32 bytes in lower-case hex')
  if (!line.startsWith(LAST, lastStart) || !isHash(entryHash) || !line.startsWith('"}', end - 2))
    refuseValue(`${place}: entry_hash`, 'not where it belongs, or not 32 bytes in lower-case hex')
  return {
    sequence: Number(number),
    json: line.slice(jsonStart, jsonEnd),
    jsonStart,
    jsonEnd,
    txHash,
    entryHash,
  }
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}

/** Where each entry of a line begins and ends: one alone, or several in brackets, which stand and fall together. */
export function entriesOfLine(line: string): [start: number, end: number][] {
  if (!line.startsWith('[')) return [[0, line.length]]
  const found: [number, number][] = []
  // Within a text a quote has a backslash before it, so this is found only where an entry ends.
  const close = ',"entry_hash":"'
  for (let start = 1; start < line.length; ) {
    const at = line.indexOf(close, start)
    const end = at < 0 ? line.length - 1 : Math.min(line.length - 1, at + close.length + HASH_DIGITS + 2)
    found.push([start, end])
    start = end + 1
  }
  return found
}

/** How many entries before a run stand in one line with it; 0 for what is no run. */
export function settledBy(json: string): number {
  return json.startsWith('{"op":"run"') ? Number(/"settled":([0-9]+)\}/.exec(json)?.[1] ?? 0) : 0
}

export function groupText(entries: readonly string[]): string {
  return entries.length === 1 ? entries[0] : `[${entries.join(',')}]`
}
