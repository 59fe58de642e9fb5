import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { ChainBlock } from '../../chain/block-store.ts'
import { Chain, type ChainOptions } from '../../chain/chain.ts'
import { headerHash, headerToItem } from '../../chain/header.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { toFixedHex } from '../../core/hex.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../core/rlp.ts'
import { Database, type OpenMode, type Pairs } from '../../state/disk/database.ts'
import { tellingDamage } from '../../state/disk/nodes.ts'
import { DiskBlocks } from './blocks.ts'
import {
  blockKey,
  type ChainSettings,
  decodeSettings,
  encodeSettings,
  SETTINGS_KEY,
  type Totals,
} from './layout.ts'
import { StateCodes, StateNodes } from './state-nodes.ts'
import { Transaction } from './transaction.ts'

/** What a chain is opened with where it must be made or go on; where blocks and states lie is the store's affair. */
export type ChainStart = Omit<ChainOptions, 'blocks' | 'nodes' | 'codes'>

/**
 * A chain in a folder that outlives the process: all blocks of all branches with their receipts, and the states after
 * them. `update` is one transaction under the one lock that all processes share: a block is there with all that
 * belongs to it or not at all, and after a crash at any moment the chain is as some whole `update` left it.
 */
export class ChainStore {
  readonly folder: string
  readonly blocks: DiskBlocks
  readonly nodes: StateNodes
  readonly codes: StateCodes
  readonly #database: Database
  readonly #transaction: Transaction

  private constructor(database: Database) {
    this.folder = database.folder
    this.#database = database
    this.#transaction = new Transaction(database.folder)
    this.nodes = new StateNodes(this.#transaction)
    this.codes = new StateCodes(this.#transaction)
    this.blocks = new DiskBlocks(this.#transaction, this.nodes, this.codes)
  }

  /**
   * Opens the chain in a folder; with `create` there need not be one. Throws IO where the folder cannot be read, or
   * written, or has no chain; VALUE for what is no chain, is of another version or is damaged; USAGE without lmdb.
   */
  static async open(folder: string, mode: OpenMode): Promise<ChainStore> {
    const database = await Database.open(folder, mode)
    const store = new ChainStore(database)
    try {
      if (store.read(() => store.settings) === null && mode !== 'create')
        throw new ZvmError(ERROR_CODES.io, `${folder}: no chain there: its database is empty`, { folder })
      return store
    } catch (error) {
      await database.close()
      throw error
    }
  }

  /** Reads one moment of the chain, whatever others write meanwhile. The parts of the store are to be used within. */
  read<T>(use: () => T): T {
    return tellingDamage(this.folder, () =>
      this.#database.read((pairs) => this.#transaction.reading(pairs, use)),
    )
  }

  /**
   * Changes the chain: as a whole when `use` returns, not at all when it throws. Waits for others that change it. `use`
   * is called again where another process has made the chain meanwhile.
   */
  update<T>(use: () => T): T {
    return tellingDamage(this.folder, () =>
      this.#database.write(
        (pairs) => this.#transaction.writing(pairs, use),
        () => {},
      ),
    )
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  /** Null for a store that nothing was written to. */
  get settings(): ChainSettings | null {
    return settingsOf(this.#transaction.pairs, this.folder)
  }

  get totals(): Totals {
    return this.#transaction.totals
  }

  /** What the files take on disk. */
  get sizeBytes(): number {
    return statSync(join(this.folder, 'data.mdb'), { throwIfNoEntry: false })?.size ?? 0
  }

  /** Bytes written in the transaction that is open. */
  get writtenBytes(): number {
    return this.#transaction.writtenBytes
  }

  get pairs(): Pairs {
    return this.#transaction.pairs
  }

  /** The chain, begun where the store is new. To be used within `update` alone. Throws MISMATCH for another genesis or config. */
  chain(start: ChainStart, config: string): Chain {
    const { settings } = this
    const genesisHash = headerHash(start.genesis)
    if (settings) refuseOther(settings, { genesisHash, config }, this.folder)
    else {
      const { chainId } = start.schedule
      this.#transaction.put(SETTINGS_KEY, encodeSettings({ genesisHash, chainId, config }))
    }
    const { blocks, nodes, codes } = this
    return new Chain({ ...start, blocks, nodes, codes })
  }

  /** The canonical block of a number. */
  blockAt(number: bigint): ChainBlock | undefined {
    const hash = this.blocks.hashAt(number)
    return hash === undefined ? undefined : this.blocks.get(hash)
  }

  /** The RLP of a block as it came. */
  blockBytes({ hash, header }: ChainBlock): Uint8Array {
    const body = this.pairs.get(blockKey('b', hash))
    if (body === undefined)
      throw new ZvmError(ERROR_CODES.badProof, `block ${header.number}: its body is not there`)
    const items = decodeRlp(body, `block ${header.number}`) as RlpItem[]
    return encodeRlp([headerToItem(header), ...items])
  }
}

function refuseOther(
  settings: ChainSettings,
  { genesisHash, config }: Omit<ChainSettings, 'chainId'>,
  folder: string,
): void {
  const [found, given] = [settings.genesisHash, genesisHash].map((hash) => toFixedHex(hash, 32))
  const fault =
    found !== given
      ? `a chain of another genesis, ${found}, not ${given}`
      : settings.config !== config
        ? `a chain of another config: ${settings.config}`
        : null
  if (fault !== null) throw new ZvmError(ERROR_CODES.mismatch, `${folder}: ${fault}`, { folder })
}

/** Null where nothing at all was written yet: what stopped before its first transaction leaves that. */
function settingsOf(pairs: Pairs, folder: string): ChainSettings | null {
  const bytes = pairs.get(SETTINGS_KEY)
  if (bytes !== undefined) return decodeSettings(bytes, folder)
  if (pairs.isEmpty()) return null
  throw new ZvmError(ERROR_CODES.value, `${folder}: a database of LMDB, but no chain of zvm`, { folder })
}
