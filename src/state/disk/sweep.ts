import { EMPTY_CODE_HASH } from '../../core/keccak.ts'
import { bigintToBytes } from '../../core/word.ts'
import { decodeAccount } from '../trie/account.ts'
import { branchItem, isHashItem, itemHash, itemValue, resolveItem, type TrieNode } from '../trie/node.ts'
import { isEmptyRoot } from '../trie/root.ts'
import type { NodeStore } from '../trie/store.ts'
import type { WritablePairs } from './database.ts'
import { type HashedKind, hashKey } from './layout.ts'

const VALUE = 16
const NO_KEY = new Uint8Array(0)

/**
 * Drops the nodes and code that the state of a root does not reach; gives the number of nodes left. Nodes are shared,
 * within a trie and between tries, so which ones a change leaves behind is known only from what is still reached.
 */
export function sweep(pairs: WritablePairs, nodes: NodeStore, root: Uint8Array): number {
  const live = { n: new Set<string>(), c: new Set<string>() }
  markTrie(root, nodes, live.n, (leaf) => {
    const { storageRoot, codeHash } = decodeAccount(leaf, 'account')
    if (codeHash !== EMPTY_CODE_HASH) live.c.add(textOf(bigintToBytes(codeHash, 32)))
    markTrie(storageRoot, nodes, live.n, () => {})
  })
  for (const kind of ['n', 'c'] as const) removeOthers(pairs, kind, live[kind])
  return live.n.size
}

function markTrie(root: Uint8Array, nodes: NodeStore, live: Set<string>, leaf: (value: Uint8Array) => void) {
  if (isEmptyRoot(root)) return
  const mark = (item: Uint8Array) => {
    if (isHashItem(item)) {
      const hash = textOf(itemHash(item))
      // What was met before has its leaves marked too.
      if (live.has(hash)) return
      live.add(hash)
    }
    markBelow(resolveItem(item, nodes, NO_KEY, 0))
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

function removeOthers(pairs: WritablePairs, kind: HashedKind, live: ReadonlySet<string>): void {
  for (const key of pairs.keys(kind.charCodeAt(0)))
    if (!live.has(textOf(key.subarray(1)))) pairs.remove(hashKey(kind, key.subarray(1)))
}

function textOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('latin1')
}
