import type { Block } from '../../chain/block.ts'
import { bodyToItems } from '../../chain/block.ts'
import type { BlockEffects, BlockStore, ChainBlock } from '../../chain/block-store.ts'
import { decodeHeader, headerToItem } from '../../chain/header.ts'
import { encodeReceipt } from '../../chain/receipt.ts'
import { asList, asTuple, fixed, uint256 } from '../../chain/transaction-fields.ts'
import { decodeRlp, encodeRlp } from '../../core/rlp.ts'
import { bigintToBytes, bytesToBigint } from '../../core/word.ts'
import type { AccountChange } from '../../state/source.ts'
import { accountKey, blockKey, HEAD_KEY, NOTHING, numberKey, slotKey } from './layout.ts'
import { Recent } from './recent.ts'
import type { StateCodes, StateNodes } from './state-nodes.ts'
import type { Transaction } from './transaction.ts'

/** Headers that stay in memory, in each of two generations: BLOCKHASH reaches 256 back. */
const MOST_HEADERS = 1024

const hashCodec = fixed(32)

/** The blocks of a chain on disk: header, body, receipts, and what the block added to the states. */
export class DiskBlocks implements BlockStore {
  readonly #transaction: Transaction
  readonly #nodes: StateNodes
  readonly #codes: StateCodes
  readonly #recent = new Recent<bigint, ChainBlock>(MOST_HEADERS)

  constructor(transaction: Transaction, nodes: StateNodes, codes: StateCodes) {
    this.#transaction = transaction
    this.#nodes = nodes
    this.#codes = codes
  }

  /** Read each time: between two transactions another process may have moved it. */
  get head(): ChainBlock | null {
    const hash = this.#transaction.pairs.get(HEAD_KEY)
    return hash === undefined ? null : (this.get(bytesToBigint(hash)) ?? null)
  }

  /** The canonical chain is from then on that which ends with this block. */
  set head(block: ChainBlock) {
    const { head } = this
    for (let number = head?.header.number ?? 0n; number > block.header.number; number--)
      this.#transaction.remove(numberKey(number))
    let at: ChainBlock | undefined = block
    while (at && this.hashAt(at.header.number) !== at.hash) {
      this.#transaction.put(numberKey(at.header.number), bigintToBytes(at.hash, 32))
      at = this.get(at.header.parentHash)
    }
    this.#transaction.put(HEAD_KEY, bigintToBytes(block.hash, 32))
  }

  /** The hash of the block of the canonical chain with this number. */
  hashAt(number: bigint): bigint | undefined {
    const hash = this.#transaction.pairs.get(numberKey(number))
    return hash && bytesToBigint(hash)
  }

  get(hash: bigint): ChainBlock | undefined {
    const known = this.#recent.get(hash, () => 1)
    if (known) return known
    const bytes = this.#transaction.pairs.get(blockKey('h', hash))
    if (bytes === undefined) return undefined
    const block = decodeChainBlock(bytes, hash)
    this.#recent.set(hash, block, 1)
    return block
  }

  put(block: ChainBlock, contents: Block, { receipts, changes }: BlockEffects): void {
    const { hash, header } = block
    this.#transaction.put(blockKey('h', hash), encodeChainBlock(block))
    this.#transaction.put(blockKey('b', hash), encodeRlp(bodyToItems(contents)))
    this.#transaction.put(blockKey('r', hash), encodeRlp(receipts.map(encodeReceipt)))
    this.#transaction.count('blocks', 1)
    this.#transaction.count('transactions', contents.transactions.length)
    this.#nodes.keep(header.stateRoot)
    this.#codes.keep(changes.flatMap(({ account, code }) => (account && code ? [account.codeHash] : [])))
    for (const change of changes) this.#list(change)
    this.#recent.set(hash, block, 1)
  }

  /** Notes addresses and slots, of which the tries know the hashes alone. */
  #list({ address, account, slots }: AccountChange): void {
    if (account === null) return
    this.#note(accountKey(address))
    for (const [key, value] of slots) if (value !== 0n) this.#note(slotKey(address, key))
  }

  #note(key: Uint8Array): void {
    if (!this.#transaction.has(key)) this.#transaction.put(key, NOTHING)
  }
}

function encodeChainBlock({ header, totalDifficulty, ommerHashes }: ChainBlock): Uint8Array {
  return encodeRlp([
    uint256.encode(totalDifficulty),
    headerToItem(header),
    ommerHashes.map((hash) => hashCodec.encode(hash)),
  ])
}

function decodeChainBlock(bytes: Uint8Array, hash: bigint): ChainBlock {
  const [totalDifficulty, header, ommers] = asTuple(decodeRlp(bytes, 'block'), 3, 'block')
  return {
    hash,
    header: decodeHeader(header, 'block.header'),
    totalDifficulty: uint256.decode(totalDifficulty, 'block.totalDifficulty'),
    ommerHashes: asList(ommers, 'block.ommers').map((one) => hashCodec.decode(one, 'block.ommers')),
  }
}
