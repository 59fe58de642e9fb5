import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { keccak256 } from '../../core/keccak.ts'
import { bigintToBytes } from '../../core/word.ts'
import { MerklePatriciaState } from '../merkle-patricia.ts'
import type { AccountChange, AccountRecord, StateSource } from '../source.ts'
import { EMPTY_ROOT } from '../trie/root.ts'
import type { NodeStore } from '../trie/store.ts'
import { Database, type OpenMode, type Pairs, type WritablePairs } from './database.ts'
import {
  COUNTS_KEY,
  decodeCounts,
  decodeSettings,
  encodeCounts,
  encodeSettings,
  hashKey,
  noteKey,
  ROOT_KEY,
  SETTINGS_KEY,
  type StoreSettings,
  tagKey,
} from './layout.ts'
import { hashedBytes, readNodes, tellingDamage, WrittenNodes } from './nodes.ts'
import { sweep } from './sweep.ts'

/** Hash of a block by number, asked only for the 256 before the running one. */
export type BlockHash = (number: bigint) => bigint

/** Old nodes are dropped once there are more of them than of those in the trie, and than this. */
const SWEEP_AFTER = 10_000

/**
 * State in a folder that outlives the process: the tries of accounts and slots by the hashes of their nodes, code by
 * hash, and a tag a contract. The root is that of the trie, so it is always up to date and what is read is checked.
 *
 * `update` is one transaction under the one lock that all processes share: what is read in it cannot change before it
 * is written, and after a crash at any moment the store is as some whole `update` left it.
 */
export class DiskStore {
  readonly #database: Database
  readonly #blockHash: BlockHash

  private constructor(database: Database, blockHash: BlockHash) {
    this.#database = database
    this.#blockHash = blockHash
  }

  /**
   * Opens the store in a folder; with `create` there need not be one: the first `update` that writes makes it. Throws IO
   * where the folder cannot be read, or written, or has no store; VALUE for what is no store, is of another version or
   * is damaged; USAGE without lmdb.
   */
  static async open(folder: string, mode: OpenMode, blockHash: BlockHash = () => 0n): Promise<DiskStore> {
    const database = await Database.open(folder, mode)
    const store = new DiskStore(database, blockHash)
    try {
      // Told now, not at the first use.
      const settings = database.read((pairs) => settingsOf(pairs, folder))
      if (!settings && mode !== 'create')
        throw new ZvmError(ERROR_CODES.io, `${folder}: no store there: its database is empty`, { folder })
      return store
    } catch (error) {
      await database.close()
      throw error
    }
  }

  /** Reads one moment of the store, whatever others write meanwhile. */
  read<T>(use: (state: StoredState) => T): T {
    return tellingDamage(this.#database.folder, () =>
      this.#database.read((pairs) => use(new StoredState(pairs, readNodes(pairs), this.#opening))),
    )
  }

  /**
   * Changes the store: as a whole when `use` and then `settle` return, not at all when one throws. Waits for others that
   * change it. What is done outside belongs into `settle`, since `use` is called again where another process has made
   * the store meanwhile. `watch` may stand between the state and the store.
   */
  update<T>(
    use: (state: ChangingState) => T,
    settle: (result: T) => void = () => {},
    watch: (pairs: WritablePairs) => WritablePairs = (pairs) => pairs,
  ): T {
    return tellingDamage(this.#database.folder, () =>
      this.#database.write((pairs) => use(new ChangingState(watch(pairs), this.#opening)), settle),
    )
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  get #opening(): Opening {
    return { folder: this.#database.folder, blockHash: this.#blockHash }
  }
}

interface Opening {
  readonly folder: string
  readonly blockHash: BlockHash
}

/** The state of a store in one transaction; not to be used after it. */
export class StoredState implements StateSource {
  /** Null for a store that nothing was written to. */
  readonly settings: StoreSettings | null
  readonly blockHash: BlockHash
  protected readonly state: MerklePatriciaState
  readonly #pairs: Pairs

  /** Made by `DiskStore`. */
  constructor(pairs: Pairs, nodes: NodeStore, { folder, blockHash }: Opening) {
    this.#pairs = pairs
    this.blockHash = blockHash
    this.settings = settingsOf(pairs, folder)
    this.state = new MerklePatriciaState(nodes, pairs.get(ROOT_KEY) ?? EMPTY_ROOT)
  }

  /** The state root, 32 bytes. */
  get root(): Uint8Array {
    return this.state.root
  }

  account(address: bigint): AccountRecord | null {
    return this.state.account(address)
  }

  code(_address: bigint, codeHash: bigint): Uint8Array {
    const hash = bigintToBytes(codeHash, 32)
    const code = hashedBytes(this.#pairs, 'c', hash)
    if (code === undefined) throw new ZvmError(ERROR_CODES.badProof, 'code of an account is not there')
    return code
  }

  storage(address: bigint, key: bigint): bigint {
    return this.state.storage(address, key)
  }

  anyStorage(address: bigint): boolean {
    return this.state.anyStorage(address)
  }

  /** What was kept with a contract when its code was set; null where there is nothing. */
  tag(address: bigint): Uint8Array | null {
    return this.#pairs.get(tagKey(address)) ?? null
  }

  /** What `setNote` kept last under a name of some bytes; null where there is nothing. */
  note(name: Uint8Array): Uint8Array | null {
    return this.#pairs.get(noteKey(name)) ?? null
  }
}

/** The state of a store in a transaction that may change it. */
export class ChangingState extends StoredState {
  readonly #pairs: WritablePairs
  readonly #nodes: WrittenNodes
  readonly #folder: string

  /** Made by `DiskStore`, or over pairs that are no database. */
  constructor(pairs: WritablePairs, opening: Opening) {
    const nodes = new WrittenNodes(pairs)
    super(pairs, nodes, opening)
    this.#pairs = pairs
    this.#nodes = nodes
    this.#folder = opening.folder
  }

  setSettings(settings: StoreSettings): void {
    this.#pairs.put(SETTINGS_KEY, encodeSettings(settings))
  }

  /** Keeps bytes with this change and no other: by them something else knows whether it was made. */
  setNote(name: Uint8Array, bytes: Uint8Array): void {
    this.#pairs.put(noteKey(name), bytes)
  }

  /** Takes over what transactions changed, at most one change an account; `tag` is kept with each code that is set. */
  apply(changes: Iterable<AccountChange>, tag: (address: bigint) => Uint8Array): void {
    const all = [...changes]
    for (const change of all) this.#keepCode(change, tag)
    this.#pairs.put(ROOT_KEY, this.state.update(all))
    this.#dropOld()
  }

  #keepCode({ address, account, code }: AccountChange, tag: (address: bigint) => Uint8Array): void {
    if (!account) this.#pairs.remove(tagKey(address))
    else if (code && code.length > 0) {
      this.#pairs.put(hashKey('c', keccak256(code)), code)
      this.#pairs.put(tagKey(address), tag(address))
    }
  }

  #dropOld(): void {
    const stored = this.#pairs.get(COUNTS_KEY)
    const counts = stored ? decodeCounts(stored, this.#folder) : { live: 0, written: 0 }
    const written = counts.written + this.#nodes.count
    this.#nodes.count = 0
    const isDue = written > Math.max(SWEEP_AFTER, counts.live)
    const next = isDue
      ? { live: sweep(this.#pairs, this.#nodes, this.root), written: 0 }
      : { live: counts.live, written }
    this.#pairs.put(COUNTS_KEY, encodeCounts(next))
  }
}

/** Null where nothing at all was written yet: what stopped before its first transaction leaves that. */
function settingsOf(pairs: Pairs, folder: string): StoreSettings | null {
  const bytes = pairs.get(SETTINGS_KEY)
  if (bytes !== undefined) return decodeSettings(bytes, folder)
  if (pairs.isEmpty()) return null
  throw new ZvmError(ERROR_CODES.value, `${folder}: a database of LMDB, but no store of zvm`, { folder })
}
