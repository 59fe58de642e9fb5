import { type Change, insertions, isInsertion } from './batch.ts'
import { buildNode } from './build.ts'
import { compareKeys, followsPath, matchPath, nibbleAt } from './nibbles.ts'
import {
  type BranchNode,
  branchItem,
  EMPTY_ITEM,
  type ExtensionNode,
  isHashItem,
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
  private readonly out: NodeWriter
  private readonly changes: readonly Change[]

  constructor(out: NodeWriter, changes: readonly Change[]) {
    this.out = out
    this.changes = changes
  }

  /** Changes [from, to), at least one, which agree in their first `depth` nibbles, on the node there, if any. */
  node(old: TrieNode | null, from: number, to: number, depth: number): boolean {
    if (old === null) return this.build(from, to, depth)
    if (old.kind === 'branch') return this.branch(old, from, to, depth)
    if (old.kind === 'leaf') return this.leaf(old, from, to, depth)
    return this.extension(old, from, to, depth)
  }

  /** Nothing was here: the insertions make a trie of their own. */
  private build(from: number, to: number, depth: number): boolean {
    const entries = insertions(this.changes, from, to)
    if (entries.length > 0) buildNode(this.out, entries, 0, entries.length, depth)
    return entries.length > 0
  }

  /** A leaf is one more entry, unless a change has its key. */
  private leaf(old: LeafNode, from: number, to: number, depth: number): boolean {
    const { changes } = this
    const key = wholeKey(changes[from][0], depth, old.path)
    let at = from
    while (at < to && compareKeys(changes[at][0], key) < 0) at++
    const isChanged = at < to && compareKeys(changes[at][0], key) === 0
    const kept = isChanged ? [] : [[key, itemValue(old.item)] as const]
    const entries = [...insertions(changes, from, at), ...kept, ...insertions(changes, at, to)]
    if (entries.length > 0) buildNode(this.out, entries, 0, entries.length, depth)
    return entries.length > 0
  }

  /**
   * Changes that all go through the extension concern its child. Else it is split where the first of them leaves it:
   * what is below the split becomes the only child of a branch, and the branch is then changed like any other.
   */
  private extension(old: ExtensionNode, from: number, to: number, depth: number): boolean {
    const { out, changes } = this
    const { path } = old
    if (!this.concerns(path, from, to, depth)) return this.unchanged(old)
    const matched = Math.min(
      matchPath(path, changes[from][0], depth),
      matchPath(path, changes[to - 1][0], depth),
    )
    const at = out.top
    const below =
      matched === path.length
        ? resolveItem(old.item, out.store, changes[from][0], depth + matched)
        : this.splitExtension(old, matched)
    if (!this.node(below, from, to, depth + matched)) return false
    if (matched > 0) this.prepend(path.subarray(0, matched), out.take(at), changes[from][0], depth)
    return true
  }

  /** Deletions that leave an extension's path change nothing, and must not ask for nodes. */
  private concerns(path: Uint8Array, from: number, to: number, depth: number): boolean {
    for (let i = from; i < to; i++)
      if (isInsertion(this.changes[i]) || followsPath(this.changes[i][0], path, depth)) return true
    return false
  }

  /** A branch that is not in the trie: only child, what remains of the extension beyond `matched` nibbles. */
  private splitExtension(old: ExtensionNode, matched: number): BranchNode {
    const nibble = old.path[matched]
    const rest = this.extensionItem(old.path.subarray(matched + 1), old.item)
    const bytes = new Uint8Array(VALUE + rest.length).fill(EMPTY_ITEM)
    bytes.set(rest, nibble)
    const offsets = Array.from({ length: VALUE + 2 }, (_, i) => (i <= nibble ? i : i + rest.length - 1))
    return { kind: 'branch', bytes, offsets }
  }

  /** An extension as a parent holds it, except that it is not sealed; without a path, its child. */
  private extensionItem(path: Uint8Array, child: Uint8Array): Uint8Array {
    if (path.length === 0) return child
    const at = this.out.top
    this.writeShort(path, child, false)
    return this.out.take(at)
  }

  /** Deals the changes out to the children. */
  private branch(old: BranchNode, from: number, to: number, depth: number): boolean {
    const { changes } = this
    // bounds[i], bounds[i + 1] enclose the changes below child i; a change of the value comes first.
    const first = 2 * changes[from][0].length === depth ? from + 1 : from
    const bounds = [first]
    for (let nibble = 0, next = first; nibble < VALUE; nibble++) {
      while (next < to && nibbleAt(changes[next][0], depth) === nibble) next++
      bounds.push(next)
    }
    const value = this.branchValue(old, from, first)
    if (this.staysBranch(old, bounds, value)) this.rewriteBranch(old, bounds, value, depth)
    else return this.shrinkBranch(old, bounds, value, changes[from][0], depth)
    return true
  }

  /** The value at the branch itself after the changes [from, first), which are one or none. */
  private branchValue(old: BranchNode, from: number, first: number): Uint8Array | null {
    if (first > from) return isInsertion(this.changes[from]) ? this.changes[from][1] : null
    const item = branchItem(old, VALUE)
    return item === null ? null : itemValue(item)
  }

  /** Whether two entries are left for certain: untouched children, children with an insertion, the value. */
  private staysBranch(old: BranchNode, bounds: readonly number[], value: Uint8Array | null): boolean {
    let left = value === null ? 0 : 1
    for (let nibble = 0; nibble < VALUE && left < 2; nibble++) {
      const [from, to] = [bounds[nibble], bounds[nibble + 1]]
      if (from === to) left += branchItem(old, nibble) === null ? 0 : 1
      else if (this.inserts(from, to)) left++
    }
    return left >= 2
  }

  private inserts(from: number, to: number): boolean {
    for (let i = from; i < to; i++) if (isInsertion(this.changes[i])) return true
    return false
  }

  /** The usual case: children are written in their place one after the other. */
  private rewriteBranch(
    old: BranchNode,
    bounds: readonly number[],
    value: Uint8Array | null,
    depth: number,
  ): void {
    const { out } = this
    const at = out.openList()
    for (let nibble = 0; nibble < VALUE; nibble++) {
      const child = out.top
      if (bounds[nibble] === bounds[nibble + 1]) this.putChild(branchItem(old, nibble))
      else if (this.child(old, nibble, bounds, depth)) out.seal(child)
      else out.putEmpty()
    }
    this.putValue(value)
    out.closeList(at)
  }

  /** Deletions may leave one entry, which then takes the branch's place, or none: children are collected first. */
  private shrinkBranch(
    old: BranchNode,
    bounds: readonly number[],
    value: Uint8Array | null,
    key: Uint8Array,
    depth: number,
  ): boolean {
    const { out } = this
    const items: (Uint8Array | null)[] = []
    for (let nibble = 0; nibble < VALUE; nibble++) {
      const at = out.top
      if (bounds[nibble] === bounds[nibble + 1]) items.push(branchItem(old, nibble))
      else items.push(this.child(old, nibble, bounds, depth) ? out.take(at) : null)
    }
    const filled = items.filter((item) => item !== null)
    if (filled.length + (value === null ? 0 : 1) > 1) this.writeBranch(items, value)
    else if (value !== null) this.writeLeaf(NO_PATH, value)
    else if (filled.length === 1) this.prepend(Uint8Array.of(items.indexOf(filled[0])), filled[0], key, depth)
    else return false
    return true
  }

  /** Child `nibble` with the changes below it. */
  private child(old: BranchNode, nibble: number, bounds: readonly number[], depth: number): boolean {
    const item = branchItem(old, nibble)
    const from = bounds[nibble]
    const node = item === null ? null : resolveItem(item, this.out.store, this.changes[from][0], depth + 1)
    return this.node(node, from, bounds[nibble + 1], depth + 1)
  }

  private writeBranch(items: readonly (Uint8Array | null)[], value: Uint8Array | null): void {
    const at = this.out.openList()
    for (const item of items) this.putChild(item)
    this.putValue(value)
    this.out.closeList(at)
  }

  /** Writes the node `item` stands for with `path` before its own: a leaf or extension takes it over. */
  private prepend(path: Uint8Array, item: Uint8Array, key: Uint8Array, depth: number): void {
    const node = resolveItem(item, this.out.store, key, depth)
    if (node.kind === 'branch') this.writeShort(path, item, false)
    else this.writeShort(Uint8Array.of(...path, ...node.path), node.item, node.kind === 'leaf')
  }

  private unchanged(old: ExtensionNode): boolean {
    this.writeShort(old.path, old.item, false)
    return true
  }

  private writeLeaf(path: Uint8Array, value: Uint8Array): void {
    const at = this.out.openList()
    this.out.putPath(path, true)
    this.out.putString(value)
    this.out.closeList(at)
  }

  /** A leaf with its value's RLP, or an extension with its child. */
  private writeShort(path: Uint8Array, item: Uint8Array, isLeaf: boolean): void {
    const at = this.out.openList()
    this.out.putPath(path, isLeaf)
    if (isLeaf) this.out.putRaw(item)
    else this.putChild(item)
    this.out.closeList(at)
  }

  /** A child as it was, or a node written just now that is sealed here. */
  private putChild(item: Uint8Array | null): void {
    const { out } = this
    if (item === null) {
      out.putEmpty()
      return
    }
    const at = out.top
    out.putRaw(item)
    if (isHashItem(item)) return
    out.start = at
    out.seal(at)
  }

  private putValue(value: Uint8Array | null): void {
    if (value === null) this.out.putEmpty()
    else this.out.putString(value)
  }
}
