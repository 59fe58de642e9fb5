/** Where the nodes of tries lie: bytes addressed by their keccak256. One store may hold many tries. */
export interface NodeStore {
  /** The node's bytes, which neither side changes afterwards; undefined if it is not known. */
  get(hash: Uint8Array): Uint8Array | undefined
  /** Keeps a node. Both arrays are valid only during the call, which works with no trie: copy what is kept. */
  put(hash: Uint8Array, node: Uint8Array): void
}

/** Records lie in chunks of this many bytes, each record at a multiple of 8 so that 32 bits address 32 GiB. */
const CHUNK_BYTES = 1 << 20
const FIRST_CHUNK_BYTES = 1 << 12
const ALIGN_BYTES = 8
const HASH_BYTES = 32
const HEADER_BYTES = HASH_BYTES + 4
const FIRST_SLOTS = 64

/**
 * A store in memory that only grows. A record is hash ‖ length ‖ node in a chunk; an open-addressed table finds it by
 * the hash's first four bytes. So a node costs its own size and some fifty bytes.
 */
export class MemoryNodeStore implements NodeStore {
  /** Nodes held. */
  size = 0
  /** Bytes allocated for records. */
  sizeBytes = 0
  readonly #chunks: Uint8Array[] = []
  #chunk = new Uint8Array(0)
  #used = 0
  /**
   * Two numbers a slot: the position of a record in units of 8 bytes, plus one, zero where the slot is free; and the
   * first four bytes of its hash, so that records of other hashes are hardly ever looked at.
   */
  #slots = new Uint32Array(2 * FIRST_SLOTS)

  get(hash: Uint8Array): Uint8Array | undefined {
    const record = this.#slots[this.#find(hash)]
    if (record === 0) return undefined
    const chunk = this.#chunkOf(record)
    const at = offsetOf(record) + HEADER_BYTES
    return chunk.subarray(at, at + readUint32(chunk, at - 4))
  }

  put(hash: Uint8Array, node: Uint8Array): void {
    // Three quarters of the slots at the most are taken.
    if (this.size * 8 >= this.#slots.length * 3) this.#grow()
    const slot = this.#find(hash)
    if (this.#slots[slot] !== 0) return
    this.#slots[slot] = this.#append(hash, node)
    this.#slots[slot + 1] = readUint32(hash, 0)
    this.size++
  }

  /** Where in `slots` the hash is, or the free slot where it belongs. */
  #find(hash: Uint8Array): number {
    const slots = this.#slots
    const tag = readUint32(hash, 0)
    let slot = firstSlot(tag, slots)
    while (slots[slot] !== 0 && !(slots[slot + 1] === tag && this.#holds(slots[slot], hash)))
      slot = nextSlot(slot, slots)
    return slot
  }

  #holds(record: number, hash: Uint8Array): boolean {
    const chunk = this.#chunkOf(record)
    const at = offsetOf(record)
    for (let i = 0; i < HASH_BYTES; i++) if (chunk[at + i] !== hash[i]) return false
    return true
  }

  #append(hash: Uint8Array, node: Uint8Array): number {
    const need = HEADER_BYTES + node.length
    if (this.#used + need > this.#chunk.length) this.#addChunk(need)
    const at = this.#used
    this.#chunk.set(hash, at)
    writeUint32(this.#chunk, at + HASH_BYTES, node.length)
    this.#chunk.set(node, at + HEADER_BYTES)
    this.#used = (at + need + ALIGN_BYTES - 1) & -ALIGN_BYTES
    return ((this.#chunks.length - 1) * CHUNK_BYTES + at) / ALIGN_BYTES + 1
  }

  /** Chunks double up to the full size; a node larger than that gets one for itself, addressed by its beginning. */
  #addChunk(need: number): void {
    const usual = Math.min(CHUNK_BYTES, Math.max(FIRST_CHUNK_BYTES, this.#chunk.length * 2))
    this.#chunk = new Uint8Array(Math.max(usual, need))
    this.#chunks.push(this.#chunk)
    this.sizeBytes += this.#chunk.length
    this.#used = 0
  }

  #grow(): void {
    const old = this.#slots
    const slots = new Uint32Array(old.length * 4)
    for (let from = 0; from < old.length; from += 2) {
      if (old[from] === 0) continue
      let slot = firstSlot(old[from + 1], slots)
      while (slots[slot] !== 0) slot = nextSlot(slot, slots)
      slots[slot] = old[from]
      slots[slot + 1] = old[from + 1]
    }
    this.#slots = slots
  }

  #chunkOf(record: number): Uint8Array {
    return this.#chunks[Math.floor(((record - 1) * ALIGN_BYTES) / CHUNK_BYTES)]
  }
}

function firstSlot(tag: number, slots: Uint32Array): number {
  return (2 * tag) & (slots.length - 1)
}

function nextSlot(slot: number, slots: Uint32Array): number {
  return (slot + 2) & (slots.length - 1)
}

function offsetOf(record: number): number {
  return ((record - 1) * ALIGN_BYTES) % CHUNK_BYTES
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}
