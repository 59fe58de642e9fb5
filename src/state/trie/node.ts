import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { bytesToHex } from '../../core/hex.ts'
import { readRlpSpan } from '../../core/rlp.ts'
import { joinKey, pathToHex } from './nibbles.ts'
import type { NodeStore } from './store.ts'

/**
 * Nodes of the trie (Yellow Paper appendix D) are read in place. A child is an RLP item: a hash (a0 and 32 bytes), or
 * the child itself where that is shorter than 32 bytes. In a branch 80 stands for no child.
 */
export type TrieNode = BranchNode | ExtensionNode | LeafNode

export interface BranchNode {
  readonly kind: 'branch'
  readonly bytes: Uint8Array
  /** Children 0–15 and the value 16 are the RLP items [offsets[i], offsets[i + 1]) of `bytes`. */
  readonly offsets: readonly number[]
}

export interface ExtensionNode {
  readonly kind: 'extension'
  /** One nibble a byte. */
  readonly path: Uint8Array
  /** The child. */
  readonly item: Uint8Array
}

export interface LeafNode {
  readonly kind: 'leaf'
  readonly path: Uint8Array
  /** The RLP of the value. */
  readonly item: Uint8Array
}

/** The prefix of a child that is a hash. */
export const HASH_ITEM = 0xa0
/** The RLP of the empty string: no child, no value. */
export const EMPTY_ITEM = 0x80
const HASH_ITEM_BYTES = 33
const BRANCH_ITEMS = 17

/** Child or value `index` of a branch as RLP; null where there is none. A view. */
export function branchItem(node: BranchNode, index: number): Uint8Array | null {
  const start = node.offsets[index]
  if (node.bytes[start] === EMPTY_ITEM) return null
  return node.bytes.subarray(start, node.offsets[index + 1])
}

/** The value inside the RLP item of a leaf or branch. A view. */
export function itemValue(item: Uint8Array): Uint8Array {
  const span = readRlpSpan(item, 0, item.length, 'value')
  return item.subarray(span.start, span.end)
}

export function isHashItem(item: Uint8Array): boolean {
  return item[0] === HASH_ITEM
}

/** The hash inside a child that is one. A view. */
export function itemHash(item: Uint8Array): Uint8Array {
  return item.subarray(1)
}

/** The key of a value that lies at the first `depth` nibbles of `prefix` and then `path`. */
export function wholeKey(prefix: Uint8Array, depth: number, path: Uint8Array): Uint8Array {
  if (((depth + path.length) & 1) === 0) return joinKey(prefix, depth, path)
  throw badProof(`trie: a key below path ${pathToHex(prefix, depth)} ends within a byte`)
}

export function badProof(message: string, details: Record<string, unknown> = {}, cause?: unknown): ZvmError {
  return new ZvmError(ERROR_CODES.badProof, message, details, cause)
}

/**
 * The node that a child of the node at the first `depth` nibbles of the key stands for, read from the store unless it is
 * embedded. The key begins at byte `keyStart`.
 * Throws BAD_PROOF naming the hash and the path if the store lacks it or its bytes are no node.
 */
export function resolveItem(
  item: Uint8Array,
  store: NodeStore | null,
  key: Uint8Array,
  depth: number,
  keyStart = 0,
): TrieNode {
  if (!isHashItem(item)) return decodeNode(item, 'embedded node')
  return loadNode(itemHash(item), store, key, depth, keyStart)
}

/** The node with this hash; as `resolveItem`. */
export function loadNode(
  hash: Uint8Array,
  store: NodeStore | null,
  key: Uint8Array,
  depth: number,
  keyStart = 0,
): TrieNode {
  const bytes = store?.get(hash)
  if (bytes !== undefined) return decodeNode(bytes, 'trie node')
  const [shown, path] = [bytesToHex(hash), pathToHex(key.subarray(keyStart), depth)]
  throw badProof(`trie: node ${shown} at or below path ${path} is not known`, { hash: shown, path })
}

/**
 * Reads one node, exactly as the trie writes it. Throws BAD_PROOF naming `place` for anything else, such as a branch
 * that is not of 17 items, a path with wrong flags, an extension without path, a leaf without value.
 */
export function decodeNode(bytes: Uint8Array, place: string): TrieNode {
  try {
    const list = readRlpSpan(bytes, 0, bytes.length, place)
    if (!list.isList || list.end !== bytes.length) throw badProof(`${place}: not one list`)
    const offsets = itemOffsets(bytes, list.start, place)
    if (offsets.length === BRANCH_ITEMS + 1) return checkBranch({ kind: 'branch', bytes, offsets }, place)
    if (offsets.length === 3) return decodeShort(bytes, offsets, place)
    throw badProof(`${place}: a list of ${offsets.length - 1} items, not 2 or 17`)
  } catch (error) {
    if (error instanceof ZvmError && error.code === ERROR_CODES.rlp) throw badProof(error.message, {}, error)
    throw error
  }
}

/** Where each item of the list begins, and the end. */
function itemOffsets(bytes: Uint8Array, start: number, place: string): number[] {
  const offsets = [start]
  for (let at = start; at < bytes.length && offsets.length <= BRANCH_ITEMS + 1; ) {
    at = readRlpSpan(bytes, at, bytes.length, place).end
    offsets.push(at)
  }
  return offsets
}

function checkBranch(node: BranchNode, place: string): BranchNode {
  const { bytes, offsets } = node
  let filled = 0
  for (let i = 0; i < BRANCH_ITEMS - 1; i++) {
    if (bytes[offsets[i]] === EMPTY_ITEM) continue
    checkChild(bytes, offsets[i], offsets[i + 1], place)
    filled++
  }
  if (bytes[offsets[16]] >= 0xc0) throw badProof(`${place}: the value of a branch is a list`)
  if (bytes[offsets[16]] !== EMPTY_ITEM) filled++
  if (filled < 2) throw badProof(`${place}: a branch with fewer than two entries`)
  return node
}

function checkChild(bytes: Uint8Array, start: number, end: number, place: string): void {
  const isHash = bytes[start] === HASH_ITEM
  const isEmbedded = bytes[start] >= 0xc0 && end - start < HASH_ITEM_BYTES - 1
  if (!isHash && !isEmbedded) throw badProof(`${place}: a child is neither a hash nor an embedded node`)
}

function decodeShort(bytes: Uint8Array, offsets: readonly number[], place: string): ExtensionNode | LeafNode {
  const span = readRlpSpan(bytes, offsets[0], offsets[1], place)
  const flags = span.isList || span.start === span.end ? 0xff : bytes[span.start]
  // Flag 2 marks a leaf, flag 1 an odd path whose first nibble shares the byte; else that nibble is zero.
  if (flags >= 0x40 || ((flags & 0x10) === 0 && (flags & 15) !== 0))
    throw badProof(`${place}: not a hex-prefix path`)
  const path = unpackPath(bytes, span.start, span.end, (flags & 0x10) !== 0)
  const item = bytes.subarray(offsets[1], offsets[2])
  if ((flags & 0x20) === 0) {
    if (path.length === 0) throw badProof(`${place}: an extension without a path`)
    checkChild(bytes, offsets[1], offsets[2], place)
    return { kind: 'extension', path, item }
  }
  if (item[0] === EMPTY_ITEM || item[0] >= 0xc0) throw badProof(`${place}: a leaf without a value`)
  return { kind: 'leaf', path, item }
}

function unpackPath(bytes: Uint8Array, start: number, end: number, odd: boolean): Uint8Array {
  const path = new Uint8Array(2 * (end - start) - (odd ? 1 : 2))
  let at = 0
  if (odd) path[at++] = bytes[start] & 15
  for (let i = start + 1; i < end; i++) {
    path[at++] = bytes[i] >> 4
    path[at++] = bytes[i] & 15
  }
  return path
}
