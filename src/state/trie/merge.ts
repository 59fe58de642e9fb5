import { encodeRlp } from '../../core/rlp.ts'
import type { Batch } from './batch.ts'
import { build } from './build.ts'
import { compareKeys, followsPath, matchPath } from './nibbles.ts'
import {
  type BranchNode,
  branchItem,
  EMPTY_ITEM,
  type ExtensionNode,
  itemValue,
  type LeafNode,
  resolveItem,
  type TrieNode,
  wholeKey,
} from './node.ts'
import type { NodeWriter } from './writer.ts'

const VALUE = 16
const NO_PATH = new Uint8Array(0)

/**
 * Applies sorted changes to a trie, writing each changed node once. Every method leaves the new node finished on the
 * writer's stack, not yet sealed, so that a parent may still join its path with it; or it returns false and writes
 * nothing when no key is left. Old nodes are read from the writer's store; only those on the way of a change are, and
 * the one neighbour that a deletion leaves alone in its branch.
 */
export class Merger {
  readonly #batch: Batch
  readonly #out: NodeWriter
  /** Those of the batch that count, in order. */
  readonly #changes: Float64Array

  constructor(batch: Batch, changes: Float64Array) {
    this.#batch = batch
    this.#out = batch.out
    this.#changes = changes
  }

  /** Changes [from, to), at least one, which agree in their first `depth` nibbles, on the node there, if any. */
  node(old: TrieNode | null, from: number, to: number, depth: number): boolean {
    if (old === null) return build(this.#batch, this.#changes, from, to, depth)
    if (old.kind === 'branch') return this.#branch(old, from, to, depth)
    if (old.kind === 'leaf') return this.#leaf(old, from, to, depth)
    return this.#extension(old, from, to, depth)
  }

  /** A leaf is one more entry, unless a change has its key. */
  #leaf(old: LeafNode, from: number, to: number, depth: number): boolean {
    const [batch, changes] = [this.#batch, this.#changes]
    const key = wholeKey(this.#key(from), depth, old.path)
    let at = from
    let order = -1
    for (; at < to; at++) {
      order = compareKeys(this.#key(at), key)
      if (order >= 0) break
    }
    if (order === 0) return build(batch, changes, from, to, depth)
    const kept = batch.add(key, itemValue(old.item))
    // Not as arguments, of which there may be no more than a stack holds.
    const all = new Float64Array([...changes.subarray(from, at), kept, ...changes.subarray(at, to)])
    return build(batch, all, 0, all.length, depth)
  }

  /**
   * Changes that all go through the extension concern its child. Else it is split where the first of them leaves it:
   * what is below the split becomes the only child of a branch, and the branch is then changed like any other.
   */
  #extension(old: ExtensionNode, from: number, to: number, depth: number): boolean {
    const out = this.#out
    const { path } = old
    if (!this.#concerns(path, from, to, depth)) return this.#unchanged(old)
    const matched = Math.min(
      matchPath(path, this.#key(from), depth),
      matchPath(path, this.#key(to - 1), depth),
    )
    const at = out.top
    const below =
      matched === path.length
        ? this.#resolve(old.item, from, depth + matched)
        : this.#splitExtension(old, matched)
    if (!this.node(below, from, to, depth + matched)) return false
    if (matched > 0) this.#prepend(path.subarray(0, matched), out.take(at), this.#key(from), depth)
    return true
  }

  /** Deletions that leave an extension's path change nothing, and must not ask for nodes. */
  #concerns(path: Uint8Array, from: number, to: number, depth: number): boolean {
    for (let i = from; i < to; i++)
      if (this.#batch.sets(this.#changes[i]) || followsPath(this.#key(i), path, depth)) return true
    return false
  }

  #key(at: number): Uint8Array {
    return this.#batch.key(this.#changes[at])
  }

  /** The node of a child on the way of a change. */
  #resolve(item: Uint8Array, at: number, depth: number): TrieNode {
    const { store, bytes } = this.#out
    return resolveItem(item, store, bytes, depth, this.#changes[at])
  }

  /** A branch that is not in the trie: only child, what remains of the extension beyond `matched` nibbles. */
  #splitExtension(old: ExtensionNode, matched: number): BranchNode {
    const nibble = old.path[matched]
    const rest = this.#extensionItem(old.path.subarray(matched + 1), old.item)
    const bytes = new Uint8Array(VALUE + rest.length).fill(EMPTY_ITEM)
    bytes.set(rest, nibble)
    const offsets = Array.from({ length: VALUE + 2 }, (_, i) => (i <= nibble ? i : i + rest.length - 1))
    return { kind: 'branch', bytes, offsets }
  }

  /** An extension as a parent holds it, except that it is not sealed; without a path, its child. */
  #extensionItem(path: Uint8Array, child: Uint8Array): Uint8Array {
    if (path.length === 0) return child
    const at = this.#out.top
    this.#writeShort(path, child, false)
    return this.#out.take(at)
  }

  /** Deals the changes out to the children. */
  #branch(old: BranchNode, from: number, to: number, depth: number): boolean {
    const [batch, changes] = [this.#batch, this.#changes]
    // bounds[i], bounds[i + 1] enclose the changes below child i; a change of the value comes first.
    const first = batch.endsAt(changes[from], depth) ? from + 1 : from
    const bounds = [first]
    for (let nibble = 0, next = first; nibble < VALUE; nibble++) {
      while (next < to && batch.nibble(changes[next], depth) === nibble) next++
      bounds.push(next)
    }
    const value = this.#branchValue(old, from, first)
    if (this.#staysBranch(old, bounds, value)) this.#rewriteBranch(old, bounds, value, depth)
    else return this.#shrinkBranch(old, bounds, value, this.#key(from).slice(), depth)
    return true
  }

  /** The value at the branch itself after the changes [from, first), which are one or none. */
  #branchValue(old: BranchNode, from: number, first: number): Uint8Array | null {
    if (first > from) return this.#batch.value(this.#changes[from])
    const item = branchItem(old, VALUE)
    return item === null ? null : itemValue(item)
  }

  /** Whether two entries are left for certain: untouched children, children with an insertion, the value. */
  #staysBranch(old: BranchNode, bounds: readonly number[], value: Uint8Array | null): boolean {
    let left = value === null ? 0 : 1
    for (let nibble = 0; nibble < VALUE && left < 2; nibble++) {
      const [from, to] = [bounds[nibble], bounds[nibble + 1]]
      if (from === to) left += branchItem(old, nibble) === null ? 0 : 1
      else if (this.#inserts(from, to)) left++
    }
    return left >= 2
  }

  #inserts(from: number, to: number): boolean {
    for (let i = from; i < to; i++) if (this.#batch.sets(this.#changes[i])) return true
    return false
  }

  /** The usual case: children are written in their place one after the other. */
  #rewriteBranch(old: BranchNode, bounds: readonly number[], value: Uint8Array | null, depth: number): void {
    const out = this.#out
    const at = out.openList()
    for (let nibble = 0; nibble < VALUE; nibble++) {
      const child = out.top
      if (bounds[nibble] === bounds[nibble + 1]) this.#out.putChild(branchItem(old, nibble))
      else if (this.#child(old, nibble, bounds, depth)) out.seal(child)
      else out.putEmpty()
    }
    this.#out.putString(value)
    out.closeList(at)
  }

  /** Deletions may leave one entry, which then takes the branch's place, or none: children are collected first. */
  #shrinkBranch(
    old: BranchNode,
    bounds: readonly number[],
    value: Uint8Array | null,
    key: Uint8Array,
    depth: number,
  ): boolean {
    const out = this.#out
    const items: (Uint8Array | null)[] = []
    for (let nibble = 0; nibble < VALUE; nibble++) {
      const at = out.top
      if (bounds[nibble] === bounds[nibble + 1]) items.push(branchItem(old, nibble))
      else items.push(this.#child(old, nibble, bounds, depth) ? out.take(at) : null)
    }
    const filled = items.filter((item) => item !== null)
    if (filled.length + (value === null ? 0 : 1) > 1) this.#writeBranch(items, value)
    else if (value !== null) this.#writeShort(NO_PATH, encodeRlp(value), true)
    else if (filled.length === 1)
      this.#prepend(Uint8Array.of(items.indexOf(filled[0])), filled[0], key, depth)
    else return false
    return true
  }

  /** Child `nibble` with the changes below it. */
  #child(old: BranchNode, nibble: number, bounds: readonly number[], depth: number): boolean {
    const item = branchItem(old, nibble)
    const from = bounds[nibble]
    const node = item === null ? null : this.#resolve(item, from, depth + 1)
    return this.node(node, from, bounds[nibble + 1], depth + 1)
  }

  #writeBranch(items: readonly (Uint8Array | null)[], value: Uint8Array | null): void {
    const at = this.#out.openList()
    for (const item of items) this.#out.putChild(item)
    this.#out.putString(value)
    this.#out.closeList(at)
  }

  /** Writes the node `item` stands for with `path` before its own: a leaf or extension takes it over. */
  #prepend(path: Uint8Array, item: Uint8Array, key: Uint8Array, depth: number): void {
    const node = resolveItem(item, this.#out.store, key, depth)
    if (node.kind === 'branch') this.#writeShort(path, item, false)
    else this.#writeShort(Uint8Array.of(...path, ...node.path), node.item, node.kind === 'leaf')
  }

  #unchanged(old: ExtensionNode): boolean {
    this.#writeShort(old.path, old.item, false)
    return true
  }

  /** A leaf with its value's RLP, or an extension with its child. */
  #writeShort(path: Uint8Array, item: Uint8Array, isLeaf: boolean): void {
    const at = this.#out.openList()
    this.#out.putPath(path, isLeaf)
    if (isLeaf) this.#out.putRaw(item)
    else this.#out.putChild(item)
    this.#out.closeList(at)
  }
}
