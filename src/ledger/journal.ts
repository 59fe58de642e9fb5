import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { refuseValue } from '../core/members.ts'
import {
  chainHash,
  type Entry,
  type EntryParts,
  entriesOfLine,
  entryText,
  groupText,
  settledBy,
  splitEntry,
} from './entry.ts'
import type { Ledger } from './ledger.ts'
import { KEY_CHECK, type LedgerRecord, readRecord, sealedText } from './record.ts'
import { isTransactionJson, readTransaction, signingBytes, transactionId } from './transaction.ts'

/** Where some bytes of a journal stand in it. */
export interface JournalPlace {
  /** What messages call the journal. */
  readonly name: string
  /** Of the first byte. */
  readonly offset: number
  /** Of the first line, from 1. */
  readonly line: number
}

/** Where a journal ends. */
export interface JournalEnd extends JournalPlace {
  /** Bytes behind the last whole line: of one whose writer was killed. */
  readonly tornBytes: number
}

interface Taker {
  take(entry: Entry): void
  begin(keyCheck: string | null): void
}

/** What lines are decoded together: enough that it costs little, and far below what a string can hold. */
const CHUNK_BYTES = 1 << 20
const NEWLINE = 10
const encoder = new TextEncoder()

/** Takes the whole lines of a journal over into a ledger; see `Ledger.load`. */
export function loadJournal(ledger: Ledger, bytes: Uint8Array, at: JournalPlace, taker: Taker): JournalEnd {
  let line = at.line
  let start = 0
  while (start < bytes.length) {
    const end = endOfLines(bytes, start)
    if (end === start) break
    const chunk = bytes.subarray(start, end)
    line = loadChunk(ledger, chunk, { name: at.name, offset: at.offset + start, line }, taker)
    start = end
  }
  return { name: at.name, offset: at.offset + start, line, tornBytes: bytes.length - start }
}

/** Behind the last line that ends within a chunk, or the first that ends at all; `start` where none does. */
function endOfLines(bytes: Uint8Array, start: number): number {
  const last = bytes.lastIndexOf(NEWLINE, Math.min(bytes.length, start + CHUNK_BYTES) - 1)
  if (last >= start) return last + 1
  const next = bytes.indexOf(NEWLINE, start)
  return next < 0 ? start : next + 1
}

function loadChunk(ledger: Ledger, chunk: Uint8Array, at: JournalPlace, taker: Taker): number {
  const text = textOf(chunk)
  let line = at.line
  if (text !== null && text.length === chunk.length) {
    // Nothing but ASCII: characters are bytes.
    for (let start = 0; start < text.length; line++) {
      const end = text.indexOf('\n', start)
      const place = { name: at.name, offset: at.offset + start, line }
      loadLine(ledger, text.slice(start, end), chunk.subarray(start, end), place, taker)
      start = end + 1
    }
    return line
  }
  for (let start = 0; start < chunk.length; line++) {
    const end = chunk.indexOf(NEWLINE, start)
    const place = { name: at.name, offset: at.offset + start, line }
    const content = chunk.subarray(start, end)
    const lineText =
      textOf(content) ?? refuseValue(`${at.name}: line ${line} (byte ${place.offset})`, 'not UTF-8')
    loadLine(ledger, lineText, content, place, taker)
    start = end + 1
  }
  return line
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

function loadLine(ledger: Ledger, text: string, bytes: Uint8Array, at: JournalPlace, taker: Taker): void {
  const isAscii = text.length === bytes.length
  const spans = entriesOfLine(text)
  for (const [i, [start, end]] of spans.entries()) {
    const sequence = ledger.length
    const offset = at.offset + (isAscii ? start : encoder.encode(text.slice(0, start)).length)
    const place = `${at.name}: entry ${sequence} (line ${at.line}, byte ${offset})`
    naming(place, { entry: sequence, line: at.line, offset }, () => {
      const parts = splitEntry(text, start, end, place)
      const settled = settledBy(parts.json)
      const wanted = i === spans.length - 1 ? i : 0
      if (settled !== wanted)
        mismatch(place, `settled: ${settled} entries should stand in one line before it, and ${wanted} do`)
      if (i > 0 && i < spans.length - 1 && settled > 0) mismatch(place, 'settled: a run within a run')
      loadEntry(ledger, parts, place, taker)
    })
  }
  if (spans.length > 1 && groupText(ledger.entries.slice(-spans.length).map(entryText)) !== text)
    refuseValue(`${at.name}: line ${at.line} (byte ${at.offset})`, 'not a list of entries as it is written')
}

/** Checks one entry against its hashes, its own rules and those of the book, and takes it. */
function loadEntry(ledger: Ledger, parts: EntryParts, place: string, taker: Taker): void {
  const { digests, length: sequence } = ledger
  const { json } = parts
  if (parts.sequence !== sequence)
    mismatch(`${place}: sequence`, `${parts.sequence}, in the place of ${sequence}`)
  const isTransaction = isTransactionJson(json)
  const read = isTransaction ? readTransaction(json, `${place}: body`) : readRecord(json, `${place}: body`)
  const txHash = digests.sha256Hex(json)
  if (txHash !== parts.txHash)
    mismatch(`${place}: tx_hash`, 'is not that of the body: one of the two was changed')
  const previous = ledger.entries.at(-1)?.entryHash ?? null
  const entryHash = chainHash(txHash, sequence, previous, digests)
  if (entryHash !== parts.entryHash)
    mismatch(`${place}: entry_hash`, 'does not follow from the entry before it: one of the two was changed')
  const entry = { sequence, json, txHash, entryHash }
  if ('op' in read) {
    if ((read.op === 'ledger') !== (sequence === 0))
      mismatch(`${place}: body.op`, sequence === 0 ? 'a ledger begins with another' : 'a second beginning')
    if (read.op === 'ledger') beginSealed(ledger, read.key_check, place, taker)
    checkSeal(ledger, read, encoder.encode(sealedText(read)), place)
    ledger.book.apply(read)
    taker.take(entry)
    return
  }
  if (sequence === 0) mismatch(`${place}: body`, 'a ledger begins with a record')
  if (read.id !== transactionId(read, digests)) mismatch(`${place}: body.id`, 'not that of the transaction')
  checkSeal(ledger, read, signingBytes(read), place)
  ledger.book.transfer(read)
  taker.take(entry)
}

function beginSealed(ledger: Ledger, keyCheck: string | null, place: string, taker: Taker): void {
  taker.begin(keyCheck)
  if (!ledger.hasKey) return
  if (keyCheck === null) mismatch(`${place}: body.key_check`, 'the ledger has no key, and one was given')
  if (keyCheck !== ledger.sealOf(KEY_CHECK))
    mismatch(`${place}: body.key_check`, 'the key is not that of the ledger')
}

/** Every entry of a sealed ledger has a seal, and that of another has none; by the key it is checked. */
function checkSeal(
  ledger: Ledger,
  { integrity_hmac }: Pick<LedgerRecord, 'integrity_hmac'>,
  message: Uint8Array,
  place: string,
): void {
  const at = `${place}: body.integrity_hmac`
  if ((integrity_hmac !== null) !== ledger.isSealed)
    mismatch(at, ledger.isSealed ? 'missing, in a ledger with a key' : 'there, in a ledger without a key')
  if (ledger.isSealed && ledger.hasKey && integrity_hmac !== ledger.sealOf(message))
    mismatch(at, 'not by the key of the ledger, or of something else')
}

/** What an entry may not do is told as a fault of the journal: it was never done. */
function naming(place: string, details: Record<string, unknown>, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    const isRefused = error.code === ERROR_CODES.refused
    const message = isRefused
      ? `${place}: cannot follow what stands before it: ${error.message}`
      : error.message
    const code = isRefused ? ERROR_CODES.mismatch : error.code
    throw new ZvmError(code, message, { ...error.details, ...details }, error)
  }
}

function mismatch(place: string, what: string): never {
  throw new ZvmError(ERROR_CODES.mismatch, `${place}: ${what}`, { place })
}
