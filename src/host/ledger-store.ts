import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToBareHex } from '../core/hex.ts'
import { parseJson } from '../core/json.ts'
import { Members } from '../core/members.ts'
import type { JournalEnd } from '../ledger/journal.ts'
import { readHex, readWhole } from '../ledger/json.ts'
import { Ledger, type LedgerOptions } from '../ledger/ledger.ts'
import { Database, type Pairs, type WritablePairs } from '../state/disk/database.ts'
import { keyOf } from '../state/disk/layout.ts'
import { nodeDigests } from './node-digests.ts'
import { reasonOf } from './read-file.ts'

/** Entries, a line each, to which lines are added and nothing else. */
export const JOURNAL_FILE = 'journal.jsonl'
/** The database that says how far the journal goes; its lock is that of the ledger. */
const HEAD_FOLDER = 'head'
const HEAD_KEY = keyOf('h')

/** What was acknowledged: so many bytes and entries of the journal, and the hash of the last of them. */
interface Head {
  readonly bytes: number
  readonly entries: number
  readonly hash: string
}

/** The end of a journal that a killed writer left: no entry, since nobody was told of it. */
export interface TornLine {
  readonly line: number
  readonly offset: number
  readonly bytes: number
}

/**
 * A ledger in a folder. What is added is on the disk before `update` returns; killed at any moment the folder holds what
 * was there before or all of it. One process at a time changes it, the others wait.
 */
export class LedgerStore {
  readonly folder: string
  readonly ledger: Ledger
  /** Half a line that was found at the end of the journal; the next change takes it away. */
  torn: TornLine | null = null
  readonly #database: Database
  #end: JournalEnd
  /** A fault in the journal stays one: what is behind it was not read. */
  #fault: unknown = null

  private constructor(folder: string, database: Database, options: LedgerOptions) {
    this.folder = folder
    this.#database = database
    this.ledger = new Ledger({ digests: nodeDigests, ...options })
    this.#end = { name: join(folder, JOURNAL_FILE), offset: 0, line: 1, tornBytes: 0 }
  }

  /**
   * Makes a ledger in a folder that is not there or empty: as a whole, or not at all. Throws IO, or USAGE where
   * something is there.
   */
  static async create(folder: string, options: LedgerOptions, timestamp: number): Promise<void> {
    const target = resolve(folder)
    const found = statSync(target, { throwIfNoEntry: false })
    if (found && (!found.isDirectory() || readdirSync(target).length > 0))
      throw new ZvmError(ERROR_CODES.usage, `${folder}: something is there; a ledger is made in a new folder`)
    const part = `${target}.${process.pid}.part`
    await blaming(folder, async () => {
      mkdirSync(part)
      try {
        await fill(part, options, timestamp)
        renameSync(part, target)
        syncFolder(dirname(target))
      } finally {
        rmSync(part, { recursive: true, force: true })
      }
    })
  }

  /** Opens the ledger in a folder. Throws IO where there is none. What is in it is read by `read` and `update`. */
  static async open(
    folder: string,
    mode: 'read' | 'write',
    options: LedgerOptions = {},
  ): Promise<LedgerStore> {
    if (!statSync(join(folder, JOURNAL_FILE), { throwIfNoEntry: false })?.isFile())
      throw new ZvmError(ERROR_CODES.io, `${folder}: no ledger there`, { folder })
    return new LedgerStore(folder, await Database.open(join(folder, HEAD_FOLDER), mode), options)
  }

  /** The ledger as it is now. Throws MISMATCH, VALUE or JSON naming the first entry that was changed. */
  read(): Ledger {
    // First what was acknowledged, then the journal, which has that and perhaps more.
    const head = this.#database.read(readHead)
    this.#catchUp(head)
    return this.ledger
  }

  /**
   * Changes the ledger, alone: what `use` did is kept as a whole when this returns, and not at all when it throws.
   * Throws as `read`, and IO.
   */
  update<T>(use: (ledger: Ledger) => T): T {
    return this.#database.write(
      (pairs) => {
        this.#catchUp(readHead(pairs))
        const mark = this.ledger.length
        try {
          const result = use(this.ledger)
          this.#keep(pairs)
          return result
        } catch (error) {
          this.ledger.rollback(mark)
          throw error
        }
      },
      () => {},
    )
  }

  /** Writes what is open behind the journal, and that it is there. */
  #keep(pairs: WritablePairs): void {
    const { ledger } = this
    const bytes = Buffer.from(ledger.openText())
    if (bytes.length > 0 || this.torn) appendAt(this.#end.name, this.#end.offset, bytes)
    const lines = bytes.reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0)
    ledger.keep()
    this.torn = null
    this.#end = {
      ...this.#end,
      offset: this.#end.offset + bytes.length,
      line: this.#end.line + lines,
      tornBytes: 0,
    }
    writeHead(pairs, { bytes: this.#end.offset, entries: ledger.length, hash: ledger.head })
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  /** Takes over what the journal has beyond what is known of it. */
  #catchUp(head: Head | null): void {
    if (this.#fault) throw this.#fault
    try {
      const { name, offset, line } = this.#end
      const bytes = readFrom(name, offset)
      this.#end = this.ledger.load(bytes, { name, offset, line })
      const { tornBytes } = this.#end
      this.torn = tornBytes > 0 ? { line: this.#end.line, offset: this.#end.offset, bytes: tornBytes } : null
      this.#checkHead(head)
    } catch (error) {
      this.#fault = error
      throw error
    }
  }

  /** What was acknowledged must still be there: entries that are cut off leave a chain that is whole. */
  #checkHead(head: Head | null): void {
    const { name, offset } = this.#end
    if (!head)
      throw new ZvmError(
        ERROR_CODES.value,
        `${this.folder}: damaged: it does not say how far its journal goes`,
      )
    const details = { path: name, offset }
    if (offset < head.bytes)
      throw new ZvmError(
        ERROR_CODES.mismatch,
        `${name}: cut off after entry ${this.ledger.length - 1} (byte ${offset}): ${head.entries} entries in ${head.bytes} bytes were there`,
        details,
      )
    const last = this.ledger.entries[head.entries - 1]
    if (!last || bytesToBareHex(last.entryHash) !== head.hash)
      throw new ZvmError(
        ERROR_CODES.mismatch,
        `${name}: entry ${head.entries - 1} is not the one that was acknowledged: the journal was written anew`,
        { ...details, entry: head.entries - 1 },
      )
  }
}

async function fill(folder: string, options: LedgerOptions, timestamp: number): Promise<void> {
  const ledger = new Ledger({ digests: nodeDigests, ...options })
  ledger.begin(timestamp)
  const bytes = Buffer.from(ledger.openText())
  appendAt(join(folder, JOURNAL_FILE), 0, bytes)
  const database = await Database.open(join(folder, HEAD_FOLDER), 'create')
  try {
    const head = { bytes: bytes.length, entries: ledger.length, hash: ledger.head }
    database.write(
      (pairs) => writeHead(pairs, head),
      () => {},
    )
  } finally {
    await database.close()
  }
  syncFolder(folder)
}

function readHead(pairs: Pairs): Head | null {
  const bytes = pairs.get(HEAD_KEY)
  if (!bytes) return null
  const members = new Members(parseJson(bytes, HEAD_FOLDER), HEAD_FOLDER)
  const head = {
    bytes: members.required('bytes', readWhole(Number.MAX_SAFE_INTEGER)),
    entries: members.required('entries', readWhole(Number.MAX_SAFE_INTEGER)),
    hash: members.required('hash', readHex(32)),
  }
  members.done()
  return head
}

function writeHead(pairs: WritablePairs, head: Head): void {
  pairs.put(HEAD_KEY, Buffer.from(JSON.stringify(head)))
}

function readFrom(path: string, offset: number): Uint8Array {
  return blamingNow(path, () => {
    const file = openSync(path, 'r')
    try {
      const size = Math.max(0, fstatSync(file).size - offset)
      const bytes = new Uint8Array(size)
      let length = 0
      while (length < size) {
        const count = readSync(file, bytes, length, size - length, offset + length)
        if (count === 0) break
        length += count
      }
      return bytes.subarray(0, length)
    } finally {
      closeSync(file)
    }
  })
}

/** Writes bytes at an offset and cuts off what was behind it; they are on the disk when this returns. */
function appendAt(path: string, offset: number, bytes: Uint8Array): void {
  blamingNow(path, () => {
    const file = openSync(path, offset === 0 ? 'wx' : 'r+')
    try {
      if (fstatSync(file).size > offset) ftruncateSync(file, offset)
      try {
        for (let done = 0; done < bytes.length; )
          done += writeSync(file, bytes, done, bytes.length - done, offset + done)
        fsyncSync(file)
      } catch (cause) {
        ftruncateSync(file, offset)
        throw cause
      }
    } finally {
      closeSync(file)
    }
  })
}

/** A new name in a folder is on the disk when the folder is. */
function syncFolder(folder: string): void {
  const file = openSync(folder, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function blamingNow<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw blamed(path, cause)
  }
}

async function blaming<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw blamed(path, cause)
  }
}

function blamed(path: string, cause: unknown): unknown {
  if (cause instanceof ZvmError || !(cause instanceof Error) || !('code' in cause)) return cause
  return new ZvmError(ERROR_CODES.io, `${path}: ${reasonOf(cause)}`, { path }, cause)
}
