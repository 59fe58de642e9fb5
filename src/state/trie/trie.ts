import { Batch, type Change, type Entry } from './batch.ts'
import { lookup } from './lookup.ts'
import { Merger } from './merge.ts'
import { joinKey } from './nibbles.ts'
import { badProof, branchItem, itemValue, loadNode, resolveItem, type TrieNode, wholeKey } from './node.ts'
import { proveKey, storeOfProofs, verifyProof } from './proof.ts'
import { EMPTY_ROOT, isEmptyRoot } from './root.ts'
import type { NodeStore } from './store.ts'
import { MAX_KEY_BYTES, withWriter } from './writer.ts'

const VALUE = 16
const NO_BYTES = new Uint8Array(0)

/**
 * A Merkle Patricia trie over a store of nodes (Yellow Paper appendix D). Its only state is its root: nodes are never
 * changed or removed, so an older root stays readable, and several tries may share a store.
 * Whatever meets a node that the store lacks throws BAD_PROOF naming its hash and path, and leaves the root as it was.
 */
export class Trie {
  readonly #store: NodeStore
  #current: Uint8Array

  constructor(store: NodeStore, root: Uint8Array = EMPTY_ROOT) {
    this.#store = store
    this.#current = root.slice()
  }

  /**
   * The part of a trie that proofs of its keys show, under a trusted root: it can be read and updated as far as that
   * part reaches. Throws BAD_PROOF for a node that does not belong to the trie.
   */
  static fromProofs(root: Uint8Array, nodes: Iterable<Uint8Array>): Trie {
    return new Trie(storeOfProofs(root, nodes), root)
  }

  /** See `verifyProof` in proof.ts. */
  static verifyProof(root: Uint8Array, key: Uint8Array, proof: readonly Uint8Array[]): Uint8Array | null {
    return verifyProof(root, key, proof)
  }

  /** The 32-byte root, a copy. */
  get root(): Uint8Array {
    return this.#current.slice()
  }

  /** The value of a key, a copy; null if it is absent. */
  get(key: Uint8Array): Uint8Array | null {
    if (isEmptyRoot(this.#current)) return null
    const value = lookup(this.#current, key, (hash, depth) => loadNode(hash, this.#store, key, depth))
    return value === null ? null : value.slice()
  }

  /**
   * Applies a batch of changes and returns the new root. Null or an empty value deletes; of several changes of a key
   * the last one counts. Each changed node is hashed and stored once, so larger batches cost less a key.
   */
  update(changes: Iterable<Change>): Uint8Array {
    this.#current = withWriter(this.#store, (out) => {
      const batch = new Batch(out, changes)
      const sorted = batch.sorted()
      if (sorted.length === 0) return this.#current
      const old = isEmptyRoot(this.#current) ? null : loadNode(this.#current, this.#store, NO_BYTES, 0)
      return new Merger(batch, sorted).node(old, 0, sorted.length, 0) ? out.hash().slice() : EMPTY_ROOT
    })
    return this.root
  }

  /** The nodes that prove the key's value or absence, root first; none for the empty trie. */
  prove(key: Uint8Array): Uint8Array[] {
    return proveKey(this.#store, this.#current, key)
  }

  /** Every key with its value, in key order, both copies. */
  *entries(): Generator<Entry> {
    if (isEmptyRoot(this.#current)) return
    yield* this.#walk(loadNode(this.#current, this.#store, NO_BYTES, 0), NO_BYTES, 0)
  }

  /** The entries below a node that lies at the first `depth` nibbles of `prefix`. */
  *#walk(node: TrieNode, prefix: Uint8Array, depth: number): Generator<Entry> {
    if (depth > 2 * MAX_KEY_BYTES)
      throw badProof(`trie: a node deeper than keys of ${MAX_KEY_BYTES} bytes reach`)
    if (node.kind === 'leaf') {
      yield [wholeKey(prefix, depth, node.path), itemValue(node.item).slice()]
      return
    }
    if (node.kind === 'extension') {
      yield* this.#walkChild(node.item, prefix, depth, node.path)
      return
    }
    const value = branchItem(node, VALUE)
    if (value !== null) yield [wholeKey(prefix, depth, NO_BYTES), itemValue(value).slice()]
    for (let nibble = 0; nibble < VALUE; nibble++) {
      const child = branchItem(node, nibble)
      if (child !== null) yield* this.#walkChild(child, prefix, depth, Uint8Array.of(nibble))
    }
  }

  *#walkChild(item: Uint8Array, prefix: Uint8Array, depth: number, path: Uint8Array): Generator<Entry> {
    const below = joinKey(prefix, depth, path)
    const depthBelow = depth + path.length
    yield* this.#walk(resolveItem(item, this.#store, below, depthBelow), below, depthBelow)
  }
}
