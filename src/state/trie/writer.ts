import { keccak256 } from '../../core/keccak.ts'
import { nibbleAt } from './nibbles.ts'
import { EMPTY_ITEM, HASH_ITEM } from './node.ts'
import type { NodeStore } from './store.ts'

/** Room kept before a list for its header: a prefix and a length of up to four bytes. */
const HEADER_ROOM = 5
/** A branch without its value: header, 16 hashes; or an extension with the longest path and a child. */
const NODE_ROOM = 1024
const HASH_BYTES = 32
const FIRST_BYTES = 8192
/** A writer that grew beyond this is not kept. */
const KEPT_BYTES = 1 << 20

/** Longest key: bounds the depth of a trie, and with it recursion. Hashed keys have 32 bytes. */
export const MAX_KEY_BYTES = 256

/**
 * Writes nodes bottom up into one buffer used as a stack. A node's payload is written at the top; children are written
 * in their place inside it and then sealed: replaced by their hash, unless they are shorter than one. So the buffer
 * never holds more than one path of the trie, every node is hashed once, and nothing but hashes is allocated.
 */
export class NodeWriter {
  bytes = new Uint8Array(FIRST_BYTES)
  /** Where the next byte goes. */
  top = 0
  /** Where the node finished last begins; it ends at `top`. */
  start = 0
  /** Receives every sealed node of 32 bytes or more. */
  store: NodeStore | null = null

  /** Begins a list; returns what `closeList` and `seal` take. Has room for all but a value. */
  openList(): number {
    this.reserve(NODE_ROOM)
    const at = this.top
    this.top = at + HEADER_ROOM
    return at
  }

  /** Ends the list: its header goes right before its payload. */
  closeList(at: number): void {
    const { bytes } = this
    const payload = at + HEADER_ROOM
    const sizeBytes = this.top - payload
    this.start = payload - 1
    if (sizeBytes < 56) {
      bytes[this.start] = 0xc0 + sizeBytes
      return
    }
    let rest = sizeBytes
    for (; rest > 0; rest >>>= 8) bytes[this.start--] = rest
    bytes[this.start] = 0xf7 + payload - 1 - this.start
  }

  /** Replaces the finished node, begun at `at`, by its hash, or moves it there where it is shorter. */
  seal(at: number): void {
    const { bytes, start, top } = this
    if (top - start < HASH_BYTES) {
      bytes.copyWithin(at, start, top)
      this.top = at + top - start
      return
    }
    const hash = this.hash()
    bytes[at] = HASH_ITEM
    bytes.set(hash, at + 1)
    this.top = at + 1 + HASH_BYTES
  }

  /** Hashes the finished node and hands it to the store. */
  hash(): Uint8Array {
    const node = this.bytes.subarray(this.start, this.top)
    const hash = keccak256(node)
    this.store?.put(hash, node)
    return hash
  }

  /** Takes the finished node, begun at `at`, off the stack. */
  take(at: number): Uint8Array {
    const node = this.bytes.slice(this.start, this.top)
    this.top = at
    return node
  }

  /** A whole leaf: the key's nibbles from `depth` on, and the value. */
  leaf(key: Uint8Array, depth: number, value: Uint8Array): void {
    const at = this.openList()
    this.putKeyPath(key, depth, 2 * key.length, true)
    this.putString(value)
    this.closeList(at)
  }

  putEmpty(): void {
    this.bytes[this.top++] = EMPTY_ITEM
  }

  /** Bytes as they are. */
  putRaw(item: Uint8Array): void {
    this.reserve(item.length)
    this.bytes.set(item, this.top)
    this.top += item.length
  }

  /** The RLP of a string. */
  putString(value: Uint8Array): void {
    const { length } = value
    this.reserve(length)
    if (length !== 1 || value[0] >= 0x80) this.putStringHeader(length)
    this.bytes.set(value, this.top)
    this.top += length
  }

  /** Nibbles [from, to) of the key as a hex-prefix path (Yellow Paper appendix C). */
  putKeyPath(key: Uint8Array, from: number, to: number, isLeaf: boolean): void {
    const sizeBytes = 1 + ((to - from) >> 1)
    if (sizeBytes > 1) this.putStringHeader(sizeBytes)
    const { bytes } = this
    let at = from
    const flags = isLeaf ? 0x20 : 0
    bytes[this.top++] = ((to - from) & 1) === 0 ? flags : flags | 0x10 | nibbleAt(key, at++)
    if ((at & 1) === 0 && (to & 1) === 0) {
      for (let i = at >> 1; i < to >> 1; i++) bytes[this.top++] = key[i]
      return
    }
    for (; at < to; at += 2) bytes[this.top++] = (nibbleAt(key, at) << 4) | nibbleAt(key, at + 1)
  }

  /** A path of nibbles as hex-prefix. */
  putPath(path: Uint8Array, isLeaf: boolean): void {
    const odd = path.length & 1
    const sizeBytes = 1 + (path.length >> 1)
    if (sizeBytes > 1) this.putStringHeader(sizeBytes)
    this.bytes[this.top++] = (isLeaf ? 0x20 : 0) | (odd === 1 ? 0x10 | path[0] : 0)
    for (let i = odd; i < path.length; i += 2) this.bytes[this.top++] = (path[i] << 4) | path[i + 1]
  }

  private putStringHeader(sizeBytes: number): void {
    if (sizeBytes < 56) {
      this.bytes[this.top++] = 0x80 + sizeBytes
      return
    }
    const lengthBytes = sizeBytes < 0x100 ? 1 : sizeBytes < 0x10000 ? 2 : sizeBytes < 0x1000000 ? 3 : 4
    this.bytes[this.top++] = 0xb7 + lengthBytes
    for (let shift = 8 * (lengthBytes - 1); shift >= 0; shift -= 8)
      this.bytes[this.top++] = sizeBytes >>> shift
  }

  /** Makes room for this many bytes and a node's small parts after them. */
  private reserve(sizeBytes: number): void {
    const need = this.top + sizeBytes + NODE_ROOM
    if (need <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(need, 2 * this.bytes.length))
    grown.set(this.bytes.subarray(0, this.top))
    this.bytes = grown
  }
}

let spare: NodeWriter | null = null

/** Runs `work` with a writer that hands nodes to `store`; the writer's buffer is used again. */
export function withWriter<T>(store: NodeStore | null, work: (writer: NodeWriter) => T): T {
  const writer = spare ?? new NodeWriter()
  spare = null
  writer.store = store
  writer.top = 0
  try {
    return work(writer)
  } finally {
    writer.store = null
    if (writer.bytes.length <= KEPT_BYTES) spare = writer
  }
}
