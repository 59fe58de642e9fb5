import { EMPTY_CODE_HASH } from '../../core/keccak.ts'
import { bigintToBytes } from '../../core/word.ts'
import { decodeAccount } from '../trie/account.ts'
import { branchItem, isHashItem, itemHash, itemValue, resolveItem, type TrieNode } from '../trie/node.ts'
import { isEmptyRoot } from '../trie/root.ts'
import type { NodeStore } from '../trie/store.ts'
import type { WritablePairs } from './database.ts'
import { type HashedKind, hashKey, keyOf } from './layout.ts'

const VALUE = 16
const NO_KEY = new Uint8Array(0)

/**
 * Drops the nodes and code that the state of a root does not reach; gives the number of nodes left. Nodes are shared,
 * within a trie and between tries, so which ones a change leaves behind is known only from what is still reached.
 */
export function sweep(pairs: WritablePairs, nodes: NodeStore, root: Uint8Array): number {
  const live = { n: new Set<string>(), c: new Set<string>() }
  markState(root, nodes, {
    node: (hash) => isNew(live.n, hash),
    code: (hash) => void live.c.add(textOf(hash)),
  })
  for (const kind of ['n', 'c'] as const) removeOthers(pairs, kind, live[kind])
  return live.n.size
}

/** What is told of the state under a root. */
export interface Marks {
  /** Of each node by its hash, a view; whether those below it are to be told of too. */
  node(hash: Uint8Array): boolean
  /** Of the code of each account by its hash. */
  code(hash: Uint8Array): void
}

/** Goes through the tries of a state from the root down. */
export function markState(root: Uint8Array, nodes: NodeStore, marks: Marks): void {
  markTrie(root, nodes, marks, (leaf) => {
    const { storageRoot, codeHash } = decodeAccount(leaf, 'account')
    if (codeHash !== EMPTY_CODE_HASH) marks.code(bigintToBytes(codeHash, 32))
    markTrie(storageRoot, nodes, marks, () => {})
  })
}

function markTrie(root: Uint8Array, nodes: NodeStore, marks: Marks, leaf: (value: Uint8Array) => void) {
  if (isEmptyRoot(root)) return
  const mark = (item: Uint8Array) => {
    if (!isHashItem(item) || marks.node(itemHash(item))) markBelow(resolveItem(item, nodes, NO_KEY, 0))
  }
  const markBelow = (node: TrieNode) => {
    if (node.kind === 'leaf') leaf(itemValue(node.item))
    else if (node.kind === 'extension') mark(node.item)
    else
      for (let nibble = 0; nibble < VALUE; nibble++) {
        const child = branchItem(node, nibble)
        if (child !== null) mark(child)
      }
  }
  const item = new Uint8Array(33)
  item[0] = 0xa0
  item.set(root, 1)
  mark(item)
}

/** What was met before has its leaves marked too. */
function isNew(live: Set<string>, hash: Uint8Array): boolean {
  const text = textOf(hash)
  if (live.has(text)) return false
  live.add(text)
  return true
}

function removeOthers(pairs: WritablePairs, kind: HashedKind, live: ReadonlySet<string>): void {
  for (const key of [...pairs.keys(keyOf(kind))])
    if (!live.has(textOf(key.subarray(1)))) pairs.remove(hashKey(kind, key.subarray(1)))
}

function textOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('latin1')
}
