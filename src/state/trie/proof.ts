import { bytesToHex } from '../../core/hex.ts'
import { keccak256, passingKeccak256 } from '../../core/keccak.ts'
import { lookup } from './lookup.ts'
import { compareKeys, pathToHex } from './nibbles.ts'
import { badProof, branchItem, decodeNode, isHashItem, itemHash, loadNode, type TrieNode } from './node.ts'
import { EMPTY_TRIE, isEmptyRoot } from './root.ts'
import { MemoryNodeStore, type NodeStore } from './store.ts'

/**
 * The nodes on the way to the key, root first, embedded ones inside their parents (as EIP-1186): they prove the key's
 * value or its absence. The empty trie is proven by no nodes. Throws BAD_PROOF if the store lacks one of them.
 */
export function proveKey(store: NodeStore, root: Uint8Array, key: Uint8Array): Uint8Array[] {
  const proof: Uint8Array[] = []
  if (isEmptyRoot(root)) return proof
  lookup(root, key, (hash, depth) => {
    const node = loadNode(hash, store, key, depth)
    proof.push(store.get(hash)!.slice())
    return node
  })
  return proof
}

/**
 * Checks a proof against a root that is trusted: the key's value, or null if the proof shows that it is absent.
 * Throws BAD_PROOF naming the entry that does not hash to what its parent says, is no node, is missing, or is not
 * on the way to the key.
 */
export function verifyProof(
  root: Uint8Array,
  key: Uint8Array,
  proof: readonly Uint8Array[],
): Uint8Array | null {
  if (isEmptyRoot(root)) {
    // Some nodes of the network write the empty trie as one entry.
    if (proof.length === 0 || (proof.length === 1 && compareKeys(proof[0], EMPTY_TRIE) === 0)) return null
    throw badProof('proof[0]: the root is that of the empty trie')
  }
  let next = 0
  const value = lookup(root, key, (hash, depth) => {
    const index = next++
    if (index < proof.length) return checkEntry(proof[index], hash, index)
    const missing = `node ${bytesToHex(hash)} at path ${pathToHex(key, depth)}`
    throw badProof(`proof: ends after ${proof.length} nodes, ${missing} is missing`, { index })
  })
  if (next < proof.length)
    throw badProof(`proof[${next}]: not on the way to key ${bytesToHex(key)}`, { index: next })
  return value === null ? null : value.slice()
}

function checkEntry(bytes: Uint8Array, expected: Uint8Array, index: number): TrieNode {
  const hash = passingKeccak256(bytes)
  if (compareKeys(hash, expected) === 0) return decodeNode(bytes, `proof[${index}]`)
  const parent = index === 0 ? 'the root is' : `proof[${index - 1}] names`
  const message = `proof[${index}]: hashes to ${bytesToHex(hash)}, but ${parent} ${bytesToHex(expected)}`
  throw badProof(message, { index })
}

/**
 * A store with the nodes of proofs of one trie, in any order, repeated nodes allowed.
 * Throws BAD_PROOF naming an entry that the root does not lead to, or that is no node.
 */
export function storeOfProofs(root: Uint8Array, nodes: Iterable<Uint8Array>): MemoryNodeStore {
  const store = new MemoryNodeStore()
  const unreached = new Map<string, number>()
  let count = 0
  for (const node of nodes) {
    const hash = keccak256(node)
    store.put(hash, node)
    unreached.set(bytesToHex(hash), count++)
  }
  const pending = [root]
  for (let hash = pending.pop(); hash !== undefined; hash = pending.pop()) {
    const index = unreached.get(bytesToHex(hash))
    if (index === undefined) continue
    unreached.delete(bytesToHex(hash))
    if (!isEmptyRoot(hash)) pending.push(...childHashes(decodeNode(store.get(hash)!, `proof[${index}]`)))
  }
  const [index] = unreached.values()
  if (index !== undefined)
    throw badProof(`proof[${index}]: not part of the trie with root ${bytesToHex(root)}`, { index })
  return store
}

/** The hashes a node names. An embedded node is too short to name any. */
function childHashes(node: TrieNode): Uint8Array[] {
  const items = node.kind === 'branch' ? CHILDREN.map((i) => branchItem(node, i)) : []
  if (node.kind === 'extension') items.push(node.item)
  return items.filter((item) => item !== null && isHashItem(item)).map((item) => itemHash(item!))
}

const CHILDREN = Array.from({ length: 16 }, (_, i) => i)
