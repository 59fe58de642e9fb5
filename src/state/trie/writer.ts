import { HASHING_BOTTOM, hashingMemory } from '../../core/keccak-wasm.ts'
import { isOwnEncoding, rlpHeaderBytes, writeRlpHeader } from '../../core/rlp.ts'
import { EMPTY_ITEM, HASH_ITEM, isHashItem } from './node.ts'
import type { NodeStore } from './store.ts'

/** Room kept before a list for its header: a prefix and a length of up to four bytes. */
const HEADER_ROOM = 5
/** A branch without its value: header, 16 hashes; or an extension with the longest path and a child. */
const NODE_ROOM = 1024
const HASH_BYTES = 32
const NO_BYTES = new Uint8Array(0)
/**
 * What the memory has at first: enough for 100,000 accounts. What is not used of it takes no room, while growing it would
 * make typed arrays slower everywhere: engines have to expect from then on that one may be detached.
 */
const FIRST_BYTES = 1 << 24

/** Longest key: bounds the depth of a trie, and with it recursion. Hashed keys have 32 bytes. */
export const MAX_KEY_BYTES = 256

/**
 * Writes nodes bottom up into one memory used as a stack, in which they are hashed. A node's payload is written at the
 * top; children are written in their place inside it and then sealed: replaced by their hash, unless they are shorter
 * than one. So beside the changes of a batch the stack never holds more than one path of the trie, and every node is
 * hashed once.
 */
export class NodeWriter {
  readonly #memory = hashingMemory(FIRST_BYTES)
  bytes = this.#memory.bytes
  #hash = this.bytes.subarray(0, HASH_BYTES)
  /** Where the next byte goes. */
  top = HASHING_BOTTOM
  /** Where the node finished last begins, and where it ends. */
  start = 0
  end = 0
  /** Receives every sealed node of 32 bytes or more. */
  store: NodeStore | null = null

  /** Begins a list; returns what `closeList` and `seal` take. Has room for all but a value. */
  openList(): number {
    this.#reserve(NODE_ROOM)
    const at = this.top
    this.top = at + HEADER_ROOM
    return at
  }

  /** Ends the list: its header goes right before its payload. */
  closeList(at: number): void {
    const payload = at + HEADER_ROOM
    this.start = writeRlpHeader(this.bytes, payload, this.top - payload, 0xc0)
    this.end = this.top
  }

  /** Puts the hash of the finished node to `at`, or the node itself where it is shorter. */
  seal(at: number): void {
    const { bytes, start, end } = this
    if (end - start < HASH_BYTES) {
      bytes.copyWithin(at, start, end)
      this.top = at + end - start
      return
    }
    const hash = this.hash()
    bytes[at] = HASH_ITEM
    bytes.set(hash, at + 1)
    this.top = at + 1 + HASH_BYTES
  }

  /** Hashes the finished node and hands it to the store. The next hash overwrites this one. */
  hash(): Uint8Array {
    const { start, end } = this
    this.#memory.hash(start, end - start, 0)
    this.store?.put(this.#hash, this.bytes.subarray(start, end))
    return this.#hash
  }

  /** Takes the finished node, begun at `at`, off the stack. */
  take(at: number): Uint8Array {
    this.top = at
    return this.bytes.slice(this.start, this.end)
  }

  putEmpty(): void {
    this.bytes[this.top++] = EMPTY_ITEM
  }

  /** Bytes as they are. */
  putRaw(item: Uint8Array): void {
    this.#reserve(item.length)
    this.bytes.set(item, this.top)
    this.top += item.length
  }

  /** A child as it was, or a node written just now that is sealed here. */
  putChild(item: Uint8Array | null): void {
    if (item === null) {
      this.putEmpty()
      return
    }
    const at = this.top
    this.putRaw(item)
    if (isHashItem(item)) return
    this.start = at
    this.end = this.top
    this.seal(at)
  }

  /** The RLP of a string; null is an empty one. */
  putString(string: Uint8Array | null): void {
    const value = string ?? NO_BYTES
    const { length } = value
    this.#reserve(length)
    if (!isOwnEncoding(value)) {
      this.top += rlpHeaderBytes(length)
      writeRlpHeader(this.bytes, this.top, length, 0x80)
    }
    this.bytes.set(value, this.top)
    this.top += length
  }

  /** A path of nibbles as hex-prefix (Yellow Paper appendix C). */
  putPath(path: Uint8Array, isLeaf: boolean): void {
    const odd = path.length & 1
    const packed = new Uint8Array(1 + (path.length >> 1))
    packed[0] = (isLeaf ? 0x20 : 0) | (odd === 1 ? 0x10 | path[0] : 0)
    for (let i = odd; i < path.length; i += 2) packed[(i + 2) >> 1] = (path[i] << 4) | path[i + 1]
    this.putString(packed)
  }

  /** Makes room for this many bytes and a node's small parts after them. */
  #reserve(sizeBytes: number): void {
    const lacking = this.top + sizeBytes + NODE_ROOM - this.bytes.length
    if (lacking <= 0) return
    this.bytes = this.#memory.grow(Math.max(lacking, this.bytes.length))
    this.#hash = this.bytes.subarray(0, HASH_BYTES)
  }
}

let writer: NodeWriter | null = null

/**
 * Runs `work` with a writer that hands nodes to `store`. There is one memory for all: what `work` calls may use it in
 * turn, above what is there.
 */
export function withWriter<T>(store: NodeStore | null, work: (writer: NodeWriter) => T): T {
  writer ??= new NodeWriter()
  const out = writer
  const before = [out.top, out.store] as const
  out.store = store
  try {
    return work(out)
  } finally {
    ;[out.top, out.store] = before
    // It cannot shrink.
    if (out.top === HASHING_BOTTOM && out.bytes.length > FIRST_BYTES) writer = null
  }
}
