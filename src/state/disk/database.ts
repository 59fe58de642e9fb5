import { accessSync, constants, mkdirSync, readdirSync, statfsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import type { RootDatabase } from 'lmdb'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { fileFault } from './data-file.ts'
import { lmdbScripts } from './lmdb-scripts.ts'
import { MemoryPairs } from './memory-pairs.ts'

/** Bytes by bytes, as one transaction sees them. */
export interface Pairs {
  /** A copy; undefined where there is none. */
  get(key: Uint8Array): Uint8Array | undefined
  isEmpty(): boolean
  /** All keys that begin with these bytes, in the order of their bytes. */
  keys(prefix: Uint8Array): Iterable<Uint8Array>
}

export interface WritablePairs extends Pairs {
  put(key: Uint8Array, value: Uint8Array): void
  remove(key: Uint8Array): void
}

/**
 * `create` makes the database where it is missing, and its folder, not those above it, when something is first written;
 * `read` changes nothing.
 */
export type OpenMode = 'create' | 'write' | 'read'

const DATA_FILE = 'data.mdb'
const LOCK_FILE = 'lock.mdb'

/** One LMDB database in a folder. A transaction is one snapshot; those that write wait for each other in all processes. */
export class Database {
  readonly folder: string
  readonly #open: () => Opened
  /** Null while there is none: it is made by the first transaction that writes, so that what fails leaves nothing. */
  #database: Opened | null

  private constructor(folder: string, open: () => Opened, isThere: boolean) {
    this.folder = folder
    this.#open = open
    this.#database = isThere ? naming(folder, open) : null
  }

  /** Throws IO where the folder cannot be read or made, VALUE where what is in it is no database or is damaged. */
  static async open(folder: string, mode: OpenMode): Promise<Database> {
    const isThere = prepare(folder, mode)
    const { open } = await lmdb()
    const openHere = () => {
      checkRoom(folder)
      return open<Uint8Array, Uint8Array>({
        path: folder,
        // Else a folder with a dot in its name would be taken for a file.
        noSubdir: false,
        readOnly: mode === 'read',
        encoding: 'binary',
        keyEncoding: 'binary',
        // A commit is on the disk before it is told of, not soon after.
        overlappingSync: false,
      })
    }
    return new Database(folder, openHere, isThere)
  }

  read<T>(use: (pairs: Pairs) => T): T {
    const database = this.#database
    if (!database) return use(new MemoryPairs())
    return naming(this.folder, () => {
      const transaction = database.useReadTransaction()
      try {
        return use({
          get: (key) => database.get(asKey(key), { transaction }),
          isEmpty: () => isEmpty(database.getKeys({ limit: 1, transaction })),
          keys: (prefix) => database.getKeys({ ...rangeOf(prefix), transaction }),
        })
      } finally {
        transaction.done()
      }
    })
  }

  /**
   * What `use` writes is there as a whole when this returns, and not at all when it throws, or `settle` does, which is
   * told of the result when nothing of another process can come between any more. Where there is no database yet, `use`
   * is called again if another process has made one meanwhile.
   */
  write<T>(use: (pairs: WritablePairs) => T, settle: (result: T) => void): T {
    const settled = (result: T) => {
      settle(result)
      return result
    }
    if (this.#database) return this.#commit(this.#database, (pairs) => settled(use(pairs)))
    const first = new MemoryPairs()
    const result = use(first)
    if (first.isEmpty()) return settled(result)
    return this.#commit(this.#make(), (pairs) => {
      if (!pairs.isEmpty()) return settled(use(pairs))
      first.copyTo(pairs)
      return settled(result)
    })
  }

  #make(): Opened {
    this.#database = naming(this.folder, () => {
      makeFolder(this.folder)
      return this.#open()
    })
    return this.#database
  }

  #commit<T>(database: Opened, use: (pairs: WritablePairs) => T): T {
    return naming(this.folder, () =>
      database.transactionSync(() =>
        use({
          get: (key) => database.get(asKey(key)),
          isEmpty: () => isEmpty(database.getKeys({ limit: 1 })),
          put: (key, value) => database.putSync(asKey(key), Buffer.from(value)),
          remove: (key) => database.removeSync(asKey(key)),
          keys: (prefix) => database.getKeys(rangeOf(prefix)),
        }),
      ),
    )
  }

  async close(): Promise<void> {
    await this.#database?.close()
  }
}

type Opened = RootDatabase<Uint8Array, Uint8Array>

function isEmpty(keys: Iterable<unknown>): boolean {
  for (const _ of keys) return false
  return true
}

/** From a prefix to the first key behind all that begin with it. The first byte of a key is a letter: it has a next. */
function rangeOf(prefix: Uint8Array): { start: Buffer; end: Buffer } {
  const end = Buffer.from(prefix.subarray(0, prefix.findLastIndex((byte) => byte < 0xff) + 1))
  end[end.length - 1]++
  return { start: asKey(prefix), end }
}

function asKey(key: Uint8Array): Buffer {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength)
}

/** Set, it keeps lmdb's encoder of JavaScript values from a native module of its own. */
const NO_ENCODER_MODULE = 'MSGPACKR_NATIVE_ACCELERATION_DISABLED'

/**
 * Loaded here: an embedder that keeps nothing on disk need not have it. What takes as long again is a native module for
 * values that are not bytes, which ours all are.
 */
async function lmdb(): Promise<typeof import('lmdb')> {
  const given = process.env[NO_ENCODER_MODULE]
  process.env[NO_ENCODER_MODULE] ??= 'true'
  try {
    return await lmdbScripts(createRequire(import.meta.url))
  } catch (cause) {
    const message = 'the package lmdb, which keeps state on disk, is not installed'
    throw new ZvmError(ERROR_CODES.usage, message, {}, cause)
  } finally {
    if (given === undefined) delete process.env[NO_ENCODER_MODULE]
  }
}

/**
 * Whether there is a database. Looks at the folder before LMDB does, which trusts what it maps; where there is none and
 * one may be made, whether that can be.
 */
function prepare(folder: string, mode: OpenMode): boolean {
  const found = naming(folder, () => statSync(folder, { throwIfNoEntry: false }))
  if (found && !found.isDirectory()) refuse(ERROR_CODES.io, folder, 'a file, not the folder of a store')
  if (!found) {
    if (mode !== 'create') refuse(ERROR_CODES.io, folder, 'no store there')
    // With the dot, so that a file is none.
    naming(folder, () => accessSync(`${dirname(resolve(folder))}/.`, constants.W_OK))
    return false
  }
  const names = naming(folder, () => readdirSync(folder))
  if (names.includes(DATA_FILE)) {
    const fault = naming(folder, () => fileFault(join(folder, DATA_FILE)))
    if (fault !== null) refuse(ERROR_CODES.value, folder, fault)
    // One that is being made, or was when its process ended. LMDB dies by a signal where it may not write the first pages.
    const isEmptyFile = statSync(join(folder, DATA_FILE)).size === 0
    if (isEmptyFile && mode !== 'create') refuse(ERROR_CODES.io, folder, 'no store there: its file is empty')
    return !isEmptyFile
  }
  if (names.some((name) => name !== LOCK_FILE))
    refuse(ERROR_CODES.value, folder, 'a folder of other files, and no store')
  if (mode !== 'create') refuse(ERROR_CODES.io, folder, 'no store there')
  naming(folder, () => accessSync(folder, constants.W_OK))
  return false
}

/** Bytes of the lock file, and as many again for the first pages. */
const LEAST_ROOM_BYTES = 32 * 1024

/** LMDB maps a lock file before there is room for it, and dies by a signal where there is none. */
function checkRoom(folder: string): void {
  if (statSync(join(folder, LOCK_FILE), { throwIfNoEntry: false })?.size) return
  const { bfree, bsize } = statfsSync(folder)
  if (bfree * bsize < LEAST_ROOM_BYTES) refuse(ERROR_CODES.io, folder, 'no space left on device')
}

/** Another process may make it at the same time. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Errors of Node and of LMDB as ours, naming the folder. */
function naming<T>(folder: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    const isForeign = cause instanceof Error && !(cause instanceof ZvmError) && 'code' in cause
    if (!isForeign) throw cause
    const { message, code } = cause as Error & { code: unknown }
    const reason = reasonOf(message)
    // LMDB has errors of its own below zero, as of a database that is not whole.
    const isOfData = typeof code === 'number' && code < 0
    throw new ZvmError(
      isOfData ? ERROR_CODES.value : ERROR_CODES.io,
      `${folder}: ${reason}`,
      { folder },
      cause,
    )
  }
}

/** "EACCES: permission denied, mkdir '…'" of Node, "Permission denied: Attempting to …" of LMDB. */
function reasonOf(message: string): string {
  const ofNode = /^[A-Z]+: ([^,]+)/.exec(message)?.[1]
  return (
    ofNode ?? message.split(/: Attempting|\n/)[0].replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase())
  )
}

function refuse(code: 'IO' | 'VALUE', folder: string, what: string): never {
  throw new ZvmError(code, `${folder}: ${what}`, { folder })
}
