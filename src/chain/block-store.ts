import type { AccountChange } from '../state/source.ts'
import type { Block } from './block.ts'
import type { Ancestor } from './ommers.ts'
import type { Receipt } from './receipt.ts'

/** A block that a chain holds. */
export interface ChainBlock extends Ancestor {
  /** Difficulty of all blocks up to and with this one. */
  readonly totalDifficulty: bigint
}

/** What executing a block came to. */
export interface BlockEffects {
  readonly receipts: readonly Receipt[]
  /** At most one an account. */
  readonly changes: readonly AccountChange[]
}

/** Where a chain keeps its blocks, of every branch. */
export interface BlockStore {
  /** The end of the canonical chain; null while there is no block. Set only to a block that is there. */
  head: ChainBlock | null
  get(hash: bigint): ChainBlock | undefined
  /** Keeps a block whose parent is there; the nodes of the state after it are in the chain's store of nodes by now. */
  put(block: ChainBlock, contents: Block, effects: BlockEffects): void
}

export class MemoryBlockStore implements BlockStore {
  head: ChainBlock | null = null
  readonly #blocks = new Map<bigint, ChainBlock>()

  get(hash: bigint): ChainBlock | undefined {
    return this.#blocks.get(hash)
  }

  put(block: ChainBlock): void {
    this.#blocks.set(block.hash, block)
  }
}
