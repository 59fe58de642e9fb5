import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { bigintToBytes } from '../../core/word.ts'
import type { CodeStore } from '../../state/committed-source.ts'
import { hashKey } from '../../state/disk/layout.ts'
import { hashedBytes } from '../../state/disk/nodes.ts'
import { markState } from '../../state/disk/sweep.ts'
import { MemoryNodeStore, type NodeStore } from '../../state/trie/store.ts'
import { Recent } from './recent.ts'
import type { Transaction } from './transaction.ts'

/** Bytes of nodes that stay in memory, in each of two generations. */
const MOST_NODE_BYTES = 1 << 25
/** The same of code. */
const MOST_CODE_BYTES = 1 << 24

/**
 * The nodes of all states of a chain. What executing a block makes waits in memory until the block is kept: of a block
 * that is refused, and of the states between its transactions, nothing is written.
 */
export class StateNodes implements NodeStore {
  readonly #transaction: Transaction
  #pending = new MemoryNodeStore()
  #young = new MemoryNodeStore()
  #old = new MemoryNodeStore()

  constructor(transaction: Transaction) {
    this.#transaction = transaction
  }

  get(hash: Uint8Array): Uint8Array | undefined {
    return this.#pending.get(hash) ?? this.#kept(hash)
  }

  put(hash: Uint8Array, node: Uint8Array): void {
    this.#pending.put(hash, node)
  }

  /** Writes those nodes of the state with this root that are new. */
  keep(root: bigint): void {
    const pending = this.#pending
    let count = 0
    if (pending.size > 0)
      markState(bigintToBytes(root, 32), this, {
        node: (hash) => {
          const node = pending.get(hash)
          // Where a node is kept, all below it is.
          if (node === undefined || this.#kept(hash) !== undefined) return false
          this.#transaction.put(hashKey('n', hash), node)
          this.#remember(hash, node)
          count++
          return true
        },
        code: () => {},
      })
    this.#transaction.count('nodes', count)
    this.#pending = new MemoryNodeStore()
  }

  #kept(hash: Uint8Array): Uint8Array | undefined {
    const young = this.#young.get(hash)
    if (young !== undefined) return young
    const node = this.#old.get(hash) ?? hashedBytes(this.#transaction.pairs, 'n', hash)
    if (node !== undefined) this.#remember(hash, node)
    return node
  }

  #remember(hash: Uint8Array, node: Uint8Array): void {
    if (this.#young.sizeBytes >= MOST_NODE_BYTES) {
      this.#old = this.#young
      this.#young = new MemoryNodeStore()
    }
    this.#young.put(hash, node)
  }
}

/** The code of a chain, likewise. The same code is the same array as long as it stays: programs are known by that. */
export class StateCodes implements CodeStore {
  readonly #transaction: Transaction
  readonly #pending = new Map<bigint, Uint8Array>()
  readonly #recent = new Recent<bigint, Uint8Array>(MOST_CODE_BYTES)

  constructor(transaction: Transaction) {
    this.#transaction = transaction
  }

  /** Throws BAD_PROOF where it is not there. */
  get(codeHash: bigint): Uint8Array {
    const known = this.#pending.get(codeHash) ?? this.#recent.get(codeHash, sizeOf)
    if (known) return known
    const code = hashedBytes(this.#transaction.pairs, 'c', bigintToBytes(codeHash, 32))
    if (code === undefined) throw new ZvmError(ERROR_CODES.badProof, 'code of an account is not there')
    this.#recent.set(codeHash, code, code.length)
    return code
  }

  put(codeHash: bigint, code: Uint8Array): void {
    if (code.length > 0) this.#pending.set(codeHash, code)
  }

  /** Writes that of these hashes which is new. */
  keep(codeHashes: Iterable<bigint>): void {
    for (const codeHash of codeHashes) {
      const code = this.#pending.get(codeHash)
      const key = hashKey('c', bigintToBytes(codeHash, 32))
      if (code === undefined || this.#transaction.has(key)) continue
      this.#transaction.put(key, code)
      this.#transaction.count('codes', 1)
      this.#recent.set(codeHash, code, code.length)
    }
    this.#pending.clear()
  }
}

function sizeOf(code: Uint8Array): number {
  return code.length
}
