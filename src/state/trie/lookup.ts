import { followsPath, nibbleAt } from './nibbles.ts'
import { branchItem, decodeNode, isHashItem, itemHash, itemValue, type TrieNode } from './node.ts'

const VALUE = 16

/**
 * The value of the key in the trie with this root, which is not empty; null if the key is absent. A view.
 * `load` gives the node with a hash, which lies at the first `depth` nibbles of the key; it is called once for each
 * hashed node on the way, from the root down.
 */
export function lookup(
  root: Uint8Array,
  key: Uint8Array,
  load: (hash: Uint8Array, depth: number) => TrieNode,
): Uint8Array | null {
  const end = 2 * key.length
  let node = load(root, 0)
  for (let depth = 0; ; ) {
    let child: Uint8Array | null
    if (node.kind === 'branch') {
      if (depth === end) {
        const value = branchItem(node, VALUE)
        return value === null ? null : itemValue(value)
      }
      child = branchItem(node, nibbleAt(key, depth))
      depth++
    } else {
      if (!followsPath(key, node.path, depth)) return null
      depth += node.path.length
      if (node.kind === 'leaf') return depth === end ? itemValue(node.item) : null
      child = node.item
    }
    if (child === null) return null
    node = isHashItem(child) ? load(itemHash(child), depth) : decodeNode(child, 'embedded node')
  }
}
