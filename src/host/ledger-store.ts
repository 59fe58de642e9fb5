import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToBareHex, hexToBytes } from '../core/hex.ts'
import { parseJson } from '../core/json.ts'
import { Members, readWhole } from '../core/members.ts'
import type { JournalEnd } from '../ledger/journal.ts'
import { readHex } from '../ledger/json.ts'
import { Ledger, type LedgerOptions } from '../ledger/ledger.ts'
import { Database, type Pairs, type WritablePairs } from '../state/disk/database.ts'
import { DiskStore } from '../state/disk/index.ts'
import { keyOf } from '../state/disk/layout.ts'
import { appendAt, blaming, readFrom, syncFolder } from './journal-file.ts'
import { nodeDigests } from './node-digests.ts'
import { type Pending, pendingPath, readPending, writePending } from './pending-run.ts'

/** Entries, a line each, to which lines are added and nothing else. */
export const JOURNAL_FILE = 'journal.jsonl'
/** The database that says how far the journal goes; its lock is that of the ledger. */
const HEAD_FOLDER = 'head'
const HEAD_KEY = keyOf('h')

/** What was committed: so many bytes and entries of the journal, and the hash of the last of them. */
interface Head {
  readonly bytes: number
  readonly entries: number
  readonly hash: string
}

/** Bytes behind what was committed, whole lines or half ones: of a writer that is at work, or was killed. No entry. */
export interface Uncommitted {
  readonly line: number
  readonly offset: number
  readonly bytes: number
}

/**
 * A ledger in a folder. Lines go to the journal first, and on the disk they are committed by the database: killed at any
 * moment the folder holds what was there before `update`, or all of it. One process at a time changes it, others wait.
 */
export class LedgerStore {
  readonly folder: string
  readonly ledger: Ledger
  /** What was found behind the entries; the next change takes it away. */
  uncommitted: Uncommitted | null = null
  readonly #database: Database
  #end: JournalEnd
  /** Whether what is open stands in the journal already, for a store of contracts to commit with it. */
  #isPrepared = false
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
    if (readPending(folder)) await finishPending(folder, options)
    return new LedgerStore(folder, await Database.open(join(folder, HEAD_FOLDER), mode), options)
  }

  /** The same, whatever is pending. */
  static async openAsItIs(folder: string, options: LedgerOptions): Promise<LedgerStore> {
    return new LedgerStore(folder, await Database.open(join(folder, HEAD_FOLDER), 'write'), options)
  }

  /** The ledger as it is now. Throws MISMATCH, VALUE or JSON naming the first entry that was changed. */
  read(): Ledger {
    this.#catchUp(this.#database.read(readHead))
    return this.ledger
  }

  /**
   * Changes the ledger, alone: what `use` did is kept as a whole when this returns, and not at all when it throws.
   * Throws as `read`, and IO.
   */
  update<T>(use: (ledger: Ledger) => T): T {
    const result = this.#database.write(
      (pairs) => {
        this.#catchUp(readHead(pairs))
        const mark = this.ledger.length
        try {
          const done = use(this.ledger)
          this.#keep(pairs)
          return done
        } catch (error) {
          this.ledger.rollback(mark)
          this.#isPrepared = false
          throw error
        }
      },
      () => {},
    )
    if (this.#isPrepared) {
      this.#isPrepared = false
      this.#alone(() => dropPending(this.folder, this.ledger))
    }
    return result
  }

  /** What tells this ledger from others, for notes in stores of contracts: the hash of its first entry. */
  get id(): Uint8Array {
    return hexToBytes(this.ledger.entries[0].entryHash, 'hash')
  }

  /**
   * Within `update`: puts what is open on the disk, and says that it stands and falls with a change of the store of
   * contracts in the folder `contracts`. That change has the ledger's head as its note under the ledger's id: who finds
   * this half done learns from there whether it was made.
   */
  prepare(contracts: string): void {
    const bytes = Buffer.from(this.ledger.openText())
    if (bytes.length === 0) return
    writePending(this.folder, { contracts: resolve(contracts), head: this.ledger.head })
    appendAt(this.#end.name, this.#end.offset, bytes)
    this.#isPrepared = true
  }

  /** Finishes what a killed process had prepared: it stands if the store of contracts has its note, and else falls. */
  finish(known: Pending, noteOf: () => Uint8Array | null): void {
    this.#database.write(
      (pairs) => {
        // Alone now: whoever prepared it is done with it, or dead.
        const pending = readPending(this.folder)
        if (pending?.head !== known.head) return
        this.#catchUp(readHead(pairs))
        const { name, offset, line } = this.#end
        const isKept = bytesToBareHex(noteOf() ?? new Uint8Array(0)) === pending.head
        if (isKept && !hasHead(this.ledger, pending.head)) {
          const { bytes } = readFrom(name, offset, Number.MAX_SAFE_INTEGER)
          this.#end = this.ledger.load(bytes, { name, offset, line })
          if (this.ledger.head !== pending.head)
            throw new ZvmError(
              ERROR_CODES.mismatch,
              `${name}: what a run left is not there as it was prepared`,
              { path: name },
            )
          writeHead(pairs, { bytes: this.#end.offset, entries: this.ledger.length, hash: pending.head })
        }
      },
      () => {},
    )
    this.#alone(() => {
      if (readPending(this.folder)?.head === known.head) rmSync(pendingPath(this.folder), { force: true })
    })
  }

  #alone(work: () => void): void {
    this.#database.write(work, () => {})
  }

  /** Writes what is open behind the journal, and that it is there. */
  #keep(pairs: WritablePairs): void {
    const { ledger } = this
    const bytes = Buffer.from(ledger.openText())
    if (!this.#isPrepared && (bytes.length > 0 || this.uncommitted))
      appendAt(this.#end.name, this.#end.offset, bytes)
    const lines = bytes.reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0)
    ledger.keep()
    this.uncommitted = null
    const { name, offset, line } = this.#end
    this.#end = { name, offset: offset + bytes.length, line: line + lines, tornBytes: 0 }
    writeHead(pairs, { bytes: this.#end.offset, entries: ledger.length, hash: ledger.head })
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  /** Takes over what has been committed beyond what is known. */
  #catchUp(head: Head | null): void {
    if (this.#fault) throw this.#fault
    try {
      if (!head)
        throw new ZvmError(
          ERROR_CODES.value,
          `${this.folder}: damaged: it does not say how far its journal goes`,
        )
      const { name, offset, line } = this.#end
      const { bytes, size } = readFrom(name, offset, head.bytes)
      this.#end = this.ledger.load(bytes, { name, offset, line })
      this.#checkEnd(head)
      this.uncommitted =
        size > head.bytes ? { line: this.#end.line, offset: head.bytes, bytes: size - head.bytes } : null
    } catch (error) {
      this.#fault = error
      throw error
    }
  }

  /** What was committed must still be there: entries that are cut off leave a chain that is whole. */
  #checkEnd(head: Head): void {
    const { name, offset } = this.#end
    const last = this.ledger.length - 1
    const details = { path: name, entry: last, offset }
    if (offset !== head.bytes)
      throw new ZvmError(
        ERROR_CODES.mismatch,
        `${name}: cut off ${last < 0 ? 'before entry 0' : `after entry ${last}`} (byte ${offset}): ${head.entries} entries in ${head.bytes} bytes were there`,
        details,
      )
    if (last + 1 !== head.entries || this.ledger.head !== head.hash)
      throw new ZvmError(
        ERROR_CODES.mismatch,
        `${name}: entry ${last} is not the one that was committed last: the journal was written anew`,
        details,
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

/** Takes the file away once what it tells of is committed. */
function dropPending(folder: string, ledger: Ledger): void {
  const pending = readPending(folder)
  if (pending && hasHead(ledger, pending.head)) rmSync(pendingPath(folder), { force: true })
}

function hasHead({ entries }: Ledger, head: string): boolean {
  return entries.some(({ entryHash }) => entryHash === head)
}

/** Finishes what a run over a store of contracts had prepared when it was stopped. */
async function finishPending(folder: string, options: LedgerOptions): Promise<void> {
  const store = await LedgerStore.openAsItIs(folder, options)
  try {
    store.read()
    const { id } = store
    const pending = readPending(folder)
    if (!pending) return
    const contracts = await DiskStore.open(pending.contracts, 'read').catch((cause: Error) => {
      const what = `a run over the store ${pending.contracts} was stopped half-way, and whether it was kept cannot be read`
      throw new ZvmError(ERROR_CODES.io, `${folder}: ${what}: ${cause.message}`, { folder }, cause)
    })
    try {
      store.finish(pending, () => contracts.read((state) => state.note(id)))
    } finally {
      await contracts.close()
    }
  } finally {
    await store.close()
  }
}

function readHead(pairs: Pairs): Head | null {
  const bytes = pairs.get(HEAD_KEY)
  if (!bytes) return null
  const members = new Members(parseJson(bytes, HEAD_FOLDER), HEAD_FOLDER)
  const head = {
    bytes: members.required('bytes', readWhole(0, Number.MAX_SAFE_INTEGER)),
    entries: members.required('entries', readWhole(0, Number.MAX_SAFE_INTEGER)),
    hash: members.required('hash', readHex(32)),
  }
  members.done()
  return head
}

function writeHead(pairs: WritablePairs, head: Head): void {
  pairs.put(HEAD_KEY, Buffer.from(JSON.stringify(head)))
}
