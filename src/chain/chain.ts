import type { Crypto } from '../core/crypto.ts'
import { Driver, NO_LIMITS } from '../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { toFixedHex } from '../core/hex.ts'
import type { Table } from '../core/table.ts'
import type { Formats } from '../core/tier.ts'
import type { Tracer } from '../core/tracer.ts'
import { bigintToBytes, bytesToBigint } from '../core/word.ts'
import type { Commitment } from '../state/commitment.ts'
import { type CodeStore, CommittedSource } from '../state/committed-source.ts'
import { merklePatricia } from '../state/merkle-patricia.ts'
import { RunningRoot } from '../state/running-root.ts'
import type { AccountChange } from '../state/source.ts'
import { State } from '../state/state.ts'
import { EMPTY_ROOT } from '../state/trie/root.ts'
import { MemoryNodeStore, type NodeStore } from '../state/trie/store.ts'
import type { TierName } from '../wasm/tier-names.ts'
import { sharedTier } from '../wasm/tiers.ts'
import { applyBlock } from './apply-block.ts'
import { type Block, decodeBlock } from './block.ts'
import { blockInput } from './block-environment.ts'
import { validateOutcome, validateStateRoot } from './block-outcome.ts'
import { type BlockRejection, refuseBlock } from './block-rejection.ts'
import { type BlockEffects, type BlockStore, type ChainBlock, MemoryBlockStore } from './block-store.ts'
import { validateBody } from './body-validity.ts'
import type { ForkSchedule } from './fork-schedule.ts'
import { type BlockHeader, headerHash } from './header.ts'
import { validateHeader } from './header-validity.ts'
import { validateOmmers } from './ommers.ts'
import { type Rejection, reject } from './rejection.ts'

/** Whether the work that a header claims was done, by the header and its hash. */
export type SealCheck = (header: BlockHeader) => boolean

/** What a chain begins with. */
export interface ChainOptions {
  readonly schedule: ForkSchedule
  readonly crypto: Crypto
  readonly genesis: BlockHeader
  /** The accounts of the genesis block, as changes of the empty state; not looked at where `blocks` has that block. */
  readonly alloc: Iterable<AccountChange>
  /** Default `auto`. */
  readonly tier?: TierName
  /** Formats of code beside a table's, which then runs in `reference`. */
  formatsOf?(table: Table): Formats
  /** Where blocks, nodes of tries and code are kept; in memory unless given. */
  readonly blocks?: BlockStore
  readonly nodes?: NodeStore
  readonly codes?: CodeStore
  readonly commitment?: Commitment
  /** Left out, proof of work is not checked: blocks come from who is trusted, or have none that would hold. */
  readonly seal?: SealCheck
  readonly tracer?: Tracer
  /** Told of every block that the chain takes in, with what it changed; of the genesis block first. */
  observe?(block: ChainBlock, changes: readonly AccountChange[]): void
}

/** Blocks back that BLOCKHASH reaches. */
const HASHES = 256n

/**
 * Blocks from a genesis on, of every branch, and the state after each: tries share their nodes, so a state costs what
 * its block changed. The head is the block of the most total difficulty, the first of them; after the merge, which
 * leaves that choice to the beacon chain, it is the block imported last.
 */
export class Chain {
  readonly schedule: ForkSchedule
  readonly genesis: ChainBlock
  readonly #options: ChainOptions
  readonly #blocks: BlockStore
  readonly #source: CommittedSource

  /** Throws MISMATCH where the accounts have not the state root of the genesis header. */
  constructor(options: ChainOptions) {
    const { schedule, genesis, commitment = merklePatricia, blocks = new MemoryBlockStore() } = options
    const { nodes = new MemoryNodeStore(), codes = new Map() } = options
    this.#options = options
    this.#blocks = blocks
    this.schedule = schedule
    const codeStore = codes instanceof Map ? storeOf(codes) : codes
    this.#source = new CommittedSource(commitment, nodes, codeStore, bytesToBigint(EMPTY_ROOT))
    const hash = headerHash(genesis)
    this.genesis = blocks.get(hash) ?? this.#begin(hash)
  }

  get head(): ChainBlock {
    return this.#blocks.head ?? this.genesis
  }

  /** The block of that hash; undefined where there is none. */
  block(hash: bigint): ChainBlock | undefined {
    return this.#blocks.get(hash)
  }

  /** Reads, validates and executes a block; see `importBlock`. Bytes that are no block are refused like any other. */
  importBytes(bytes: Uint8Array): ChainBlock | BlockRejection {
    let block: Block
    try {
      block = decodeBlock(bytes, 'block')
    } catch (error) {
      if (!(error instanceof ZvmError)) throw error
      return malformed(error)
    }
    return this.importBlock(block)
  }

  /**
   * Validates a block against its parent, executes it, and compares what came of it with the header. Gives the block
   * as the chain holds it now, or why it is invalid, the chain as it was.
   */
  importBlock(block: Block): ChainBlock | BlockRejection {
    const { header } = block
    const hash = headerHash(header)
    const known = this.#blocks.get(hash)
    if (known) return known
    const parent = this.#blocks.get(header.parentHash)
    if (!parent)
      return refuseBlock('unknown-parent', `parentHash: no block ${toFixedHex(header.parentHash, 32)}`)
    const table = this.#tableAt(header, parent)
    const fault =
      this.#validateHeader(header, parent, table) ??
      validateBody(block, table.rules) ??
      this.#validateOmmers(block, parent, table)
    if (fault) return fault
    const effects = this.#execute(block, parent, table)
    if ('code' in effects) return effects
    const added = this.#add(hash, block, effects, parent, table)
    this.#options.observe?.(added, effects.changes)
    return added
  }

  #begin(hash: bigint): ChainBlock {
    const { genesis: header, alloc } = this.#options
    const changes = [...alloc]
    const fault = validateStateRoot(header, this.#source.rootAfter(changes))
    if (fault) throw new ZvmError(ERROR_CODES.mismatch, `genesis: ${fault.message}`)
    const withdrawals = header.withdrawalsRoot === null ? null : []
    const block: Block = { header, transactions: [], ommers: [], withdrawals }
    const genesis = chainBlock(hash, block, 0n)
    this.#blocks.put(genesis, block, { receipts: [], changes })
    this.#blocks.head = genesis
    this.#options.observe?.(genesis, changes)
    return genesis
  }

  #parentOf({ header }: ChainBlock): ChainBlock | undefined {
    return this.#blocks.get(header.parentHash)
  }

  #tableAt({ number, timestamp }: BlockHeader, parent: ChainBlock): Table {
    return this.schedule.tableAt(number, timestamp, parent.totalDifficulty)
  }

  #validateHeader(header: BlockHeader, parent: ChainBlock, table: Table): BlockRejection | null {
    const fault = validateHeader(header, parent.header, table.rules)
    if (fault) return fault
    const { seal } = this.#options
    if (!seal || table.rules.difficulty === null || seal(header)) return null
    return refuseBlock('seal', 'nonce and mixHash: not the proof of work of this header')
  }

  #validateOmmers({ ommers }: Block, parent: ChainBlock, { rules }: Table): BlockRejection | null {
    // After the merge the header has said already that there are none.
    if (ommers.length === 0 || rules.ommers === null) return null
    const ancestors: ChainBlock[] = []
    for (
      let at: ChainBlock | undefined = parent;
      at && ancestors.length <= rules.ommers.generations;
      at = this.#parentOf(at)
    )
      ancestors.push(at)
    return validateOmmers(ommers, ancestors, rules.ommers, (ommer, ommerParent) => {
      const before = ancestors.find(({ header }) => header === ommerParent)!
      return this.#validateHeader(ommer, before, this.#tableAt(ommer, before))
    })
  }

  /** Executes the block: what it changed, the source now at the state after it, or what is not as its header says. */
  #execute(block: Block, parent: ChainBlock, table: Table): BlockEffects | BlockRejection {
    const source = this.#source
    source.moveTo(parent.header.stateRoot)
    source.blockHash = this.#ancestorHashes(parent)
    const state = new State(source)
    const { crypto, tier = 'auto', tracer = null, formatsOf } = this.#options
    const driver = new Driver(table, state, crypto, NO_LIMITS, sharedTier(tier, table))
    driver.tracer = tracer
    driver.formats = formatsOf?.(table) ?? null
    const { chainId } = this.schedule
    const running = new RunningRoot(source)
    const stateRoot = () => bigintToBytes(running.after(state.changes()), 32)
    const outcome = applyBlock(driver, state, blockInput(block, chainId, table.rules, stateRoot))
    if ('code' in outcome) return outcome
    const fault = validateOutcome(block.header, outcome, crypto)
    if (fault) return fault
    const changes = [...state.changes()]
    const root = source.rootAfter(changes)
    const wrong = validateStateRoot(block.header, root)
    if (wrong) return wrong
    source.advance(changes, root)
    return { receipts: outcome.receipts, changes }
  }

  #add(hash: bigint, block: Block, effects: BlockEffects, parent: ChainBlock, { rules }: Table): ChainBlock {
    const { head } = this
    const added = chainBlock(hash, block, parent.totalDifficulty)
    this.#blocks.put(added, block, effects)
    if (rules.difficulty === null || added.totalDifficulty > head.totalDifficulty) this.#blocks.head = added
    return added
  }

  /** Hashes of the 256 blocks that end with `parent`, found once they are asked for. */
  #ancestorHashes(parent: ChainBlock): (number: bigint) => bigint {
    const hashes: bigint[] = []
    let next: ChainBlock | undefined = parent
    return (number) => {
      const distance = parent.header.number - number
      if (distance < 0n || distance >= HASHES) return 0n
      while (next && BigInt(hashes.length) <= distance) {
        hashes.push(next.hash)
        next = this.#parentOf(next)
      }
      return hashes[Number(distance)] ?? 0n
    }
  }
}

function chainBlock(hash: bigint, { header, ommers }: Block, parentDifficulty: bigint): ChainBlock {
  const totalDifficulty = parentDifficulty + header.difficulty
  return { hash, header, totalDifficulty, ommerHashes: ommers.map(headerHash) }
}

function storeOf(codes: Map<bigint, Uint8Array>): CodeStore {
  return { get: (hash) => codes.get(hash), put: (hash, code) => void codes.set(hash, code) }
}

function malformed({ message, details }: ZvmError): BlockRejection {
  const { rejection } = details
  if (typeof rejection !== 'string') return refuseBlock('malformed', message)
  return { code: 'transaction', message, transaction: reject(rejection as Rejection['code'], message) }
}
