import type { BlockRejection } from '../../chain/block-rejection.ts'
import type { Chain } from '../../chain/chain.ts'
import { decodeHeader } from '../../chain/header.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { keccak256 } from '../../core/keccak.ts'
import { decodeRlp, readRlpSpan } from '../../core/rlp.ts'
import { bytesToBigint } from '../../core/word.ts'
import type { FoundBlock } from './block-stream.ts'
import type { ChainStart, ChainStore } from './store.ts'

/** When a transaction is closed: what a crash or an interruption loses is what is in it. */
const MOST_TRANSACTION_MS = 500
const MOST_TRANSACTION_BYTES = 1 << 26

/** A block that is not valid. */
export interface Refusal {
  readonly offset: number
  /** Both null where the header cannot be read. */
  readonly number: bigint | null
  readonly hash: bigint | null
  readonly rejection: BlockRejection
}

/** Imports blocks into a chain on disk, many in one transaction. */
export class BlockImport {
  imported = 0
  /** Blocks that were there before. */
  skipped = 0
  gasUsed = 0n
  refusal: Refusal | null = null
  readonly #store: ChainStore
  readonly #chain: Chain

  /** Begins the chain where it is new. Throws MISMATCH for another genesis. */
  constructor(store: ChainStore, startOf: () => { start: ChainStart; config: string }) {
    this.#store = store
    this.#chain = store.update(() => {
      const { start, config } = startOf()
      return store.chain(start, config)
    })
  }

  /** Imports blocks in one transaction until one is refused or it is full; gives how many were looked at, `most` at the most. */
  take(blocks: readonly FoundBlock[], most = blocks.length): number {
    return this.#store.update(() => {
      const end = performance.now() + MOST_TRANSACTION_MS
      let taken = 0
      while (taken < most && taken < blocks.length && this.refusal === null) {
        this.#takeOne(blocks[taken++])
        if (performance.now() > end || this.#store.writtenBytes > MOST_TRANSACTION_BYTES) break
      }
      return taken
    })
  }

  #takeOne({ offset, bytes }: FoundBlock): void {
    const hash = hashOf(bytes)
    if (hash !== null && this.#chain.block(hash)) {
      this.skipped++
      return
    }
    const found = this.#chain.importBytes(bytes)
    if ('code' in found) this.refusal = { offset, hash, number: numberOf(bytes), rejection: found }
    else {
      this.imported++
      this.gasUsed += found.header.gasUsed
    }
  }
}

/** The hash of a block by the bytes of its header; null where there are none. */
function hashOf(bytes: Uint8Array): bigint | null {
  const header = headerBytes(bytes)
  return header && bytesToBigint(keccak256(header))
}

function numberOf(bytes: Uint8Array): bigint | null {
  const header = headerBytes(bytes)
  return header && unlessMalformed(() => decodeHeader(decodeRlp(header, 'header'), 'header').number)
}

function headerBytes(bytes: Uint8Array): Uint8Array | null {
  return unlessMalformed(() => {
    const { start, end } = readRlpSpan(bytes, 0, bytes.length, 'block')
    return bytes.subarray(start, readRlpSpan(bytes, start, end, 'header').end)
  })
}

function unlessMalformed<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof ZvmError && error.code === ERROR_CODES.rlp) return null
    throw error
  }
}
