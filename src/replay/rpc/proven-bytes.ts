import { type BlockHeader, decodeHeader, headerToItem } from '../../chain/header.ts'
import { EMPTY_CODE_HASH, keccak256 } from '../../core/keccak.ts'
import { decodeRlp, encodeRlp } from '../../core/rlp.ts'
import { bigintToBytes, bytesToBigint } from '../../core/word.ts'
import { MemoryNodeStore, type NodeStore } from '../../state/trie/store.ts'
import type { CacheEntry, ReplayCache } from './cache.ts'

/**
 * Bytes that their keccak256 proves: nodes of tries, headers and code. They are the same for every block and chain, and
 * what the cache holds of them is believed no more than what a node says.
 */
export class ProvenBytes implements NodeStore {
  readonly #memory = new MemoryNodeStore()
  readonly #codes = new Map<bigint, Uint8Array>([[EMPTY_CODE_HASH, new Uint8Array(0)]])
  readonly #cache: ReplayCache | null
  #pending: CacheEntry[] = []

  constructor(cache: ReplayCache | null) {
    this.#cache = cache
  }

  get(hash: Uint8Array): Uint8Array | undefined {
    const known = this.#memory.get(hash)
    if (known || !this.#cache) return known
    const word = bytesToBigint(hash)
    const kept = this.#cache.get('k', word)
    if (!kept || hashOf(kept) !== word) return undefined
    this.#memory.put(hash, kept)
    return this.#memory.get(hash)
  }

  /** Only in memory: what a trie writes while its new root is found. */
  put(hash: Uint8Array, node: Uint8Array): void {
    this.#memory.put(hash, node)
  }

  keepNode(node: Uint8Array): void {
    const hash = keccak256(node)
    this.#memory.put(hash, node)
    this.#keep('k', bytesToBigint(hash), node)
  }

  header(hash: bigint): BlockHeader | undefined {
    const bytes = this.get(bigintToBytes(hash, 32))
    return bytes && decodeHeader(decodeRlp(bytes, 'header'), 'header')
  }

  keepHeader(header: BlockHeader): void {
    this.keepNode(encodeRlp(headerToItem(header)))
  }

  code(hash: bigint): Uint8Array | undefined {
    const known = this.#codes.get(hash)
    if (known || !this.#cache) return known
    const kept = this.#cache.get('c', hash)
    if (!kept || hashOf(kept) !== hash) return undefined
    this.#codes.set(hash, kept)
    return kept
  }

  keepCode(hash: bigint, code: Uint8Array): void {
    this.#codes.set(hash, code)
    this.#keep('c', hash, code)
  }

  /** Writes what was kept since the last time. */
  flush(): void {
    this.#cache?.put(this.#pending)
    this.#pending = []
  }

  #keep(kind: CacheEntry['kind'], hash: bigint, value: Uint8Array): void {
    if (this.#cache) this.#pending.push({ kind, key: [hash], value })
  }
}

function hashOf(bytes: Uint8Array): bigint {
  return bytesToBigint(keccak256(bytes))
}
