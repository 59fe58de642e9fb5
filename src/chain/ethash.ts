import { keccakP } from '@noble/hashes/sha3.js'
import { keccak256 } from '../core/keccak.ts'
import { encodeRlp } from '../core/rlp.ts'
import { bigintToBytes, bytesToBigint, WORD_MODULUS } from '../core/word.ts'
import { type BlockHeader, headerToItem } from './header.ts'

// The proof of work of Ethereum until the merge (Yellow Paper appendix J), checked with the small cache alone. All is
// done on words of 32 bits, low byte first, which is what the permutation of Keccak works on.

const EPOCH_BLOCKS = 30_000n
const HASH_BYTES = 64
const HASH_WORDS = HASH_BYTES / 4
const MIX_BYTES = 128
const MIX_WORDS = MIX_BYTES / 4
/** Hashes of the data set in one mix. */
const PARTS = MIX_BYTES / HASH_BYTES
const CACHE_BYTES = 2 ** 24
const CACHE_GROWTH = 2 ** 17
const DATASET_BYTES = 2 ** 30
const DATASET_GROWTH = 2 ** 23
const CACHE_ROUNDS = 3
const DATASET_PARENTS = 256
const ACCESSES = 64
const FNV_PRIME = 0x01000193

/** The proof of a header: what its `mixHash` must be, and the number that its difficulty bounds. Both words. */
export interface Work {
  readonly mixHash: bigint
  readonly result: bigint
}

/** Checks proofs of work. Keeps the cache of the epoch met last: 16 MiB and more, which takes seconds to make. */
export class Ethash {
  #epoch = -1
  #cache: Uint32Array = new Uint32Array(0)

  /** Whether the header's nonce and mixHash are the work that its difficulty asks for. */
  isSealed(header: BlockHeader): boolean {
    const { number, nonce, mixHash, difficulty } = header
    if (difficulty === 0n) return false
    const work = this.work(number, sealHash(header), nonce)
    return work.mixHash === mixHash && work.result <= WORD_MODULUS / difficulty
  }

  /** The work at a block number of a hash with a nonce. */
  work(number: bigint, hash: Uint8Array, nonce: bigint): Work {
    const epoch = Number(number / EPOCH_BLOCKS)
    if (epoch !== this.#epoch) {
      this.#cache = makeCache(cacheBytes(epoch) / HASH_BYTES, seedOf(epoch))
      this.#epoch = epoch
    }
    return hashimoto(hash, nonce, datasetBytes(epoch), this.#cache)
  }
}

/** What the nonce is found for: the hash of the header without nonce and mixHash. */
export function sealHash(header: BlockHeader): Uint8Array {
  const items = headerToItem(header)
  const [mixHashAt, nonceAt] = [13, 14]
  return keccak256(encodeRlp([...items.slice(0, mixHashAt), ...items.slice(nonceAt + 1)]))
}

/** Bytes of an epoch's cache: below its room, the most whose count of hashes is prime. */
export function cacheBytes(epoch: number): number {
  return primeMultiple(CACHE_BYTES + CACHE_GROWTH * epoch, HASH_BYTES)
}

/** Bytes of an epoch's data set. */
export function datasetBytes(epoch: number): number {
  return primeMultiple(DATASET_BYTES + DATASET_GROWTH * epoch, MIX_BYTES)
}

function primeMultiple(roomBytes: number, unitBytes: number): number {
  let count = roomBytes / unitBytes - 1
  while (!isPrime(count)) count -= 2
  return count * unitBytes
}

/** Of an odd number. */
function isPrime(value: number): boolean {
  for (let divisor = 3; divisor * divisor <= value; divisor += 2) if (value % divisor === 0) return false
  return true
}

function seedOf(epoch: number): Uint8Array {
  let seed: Uint8Array = new Uint8Array(32)
  for (let i = 0; i < epoch; i++) seed = keccak256(seed)
  return seed
}

/** `count` hashes, mixed so that none can be had without the others (RandMemoHash). */
function makeCache(count: number, seed: Uint8Array): Uint32Array {
  const cache = new Uint32Array(count * HASH_WORDS)
  const mixed = wordsOf(seed)
  for (let i = 0; i < count; i++) keccak512(i === 0 ? mixed : item(cache, i - 1), cache, i)
  const block = new Uint32Array(HASH_WORDS)
  for (let round = 0; round < CACHE_ROUNDS; round++)
    for (let i = 0; i < count; i++) {
      const before = ((i + count - 1) % count) * HASH_WORDS
      const other = (cache[i * HASH_WORDS] % count) * HASH_WORDS
      for (let w = 0; w < HASH_WORDS; w++) block[w] = cache[before + w] ^ cache[other + w]
      keccak512(block, cache, i)
    }
  return cache
}

function item(cache: Uint32Array, index: number): Uint32Array {
  return cache.subarray(index * HASH_WORDS, (index + 1) * HASH_WORDS)
}

/** One hash of the data set. */
function datasetItem(cache: Uint32Array, index: number): Uint32Array {
  const count = cache.length / HASH_WORDS
  const mix = item(cache, index % count).slice()
  mix[0] ^= index
  keccak512(mix, mix, 0)
  for (let parent = 0; parent < DATASET_PARENTS; parent++) {
    const at = (fnv(index ^ parent, mix[parent % HASH_WORDS]) % count) * HASH_WORDS
    for (let w = 0; w < HASH_WORDS; w++) mix[w] = fnv(mix[w], cache[at + w])
  }
  keccak512(mix, mix, 0)
  return mix
}

function hashimoto(hash: Uint8Array, nonce: bigint, sizeBytes: number, cache: Uint32Array): Work {
  const seed = new Uint32Array(HASH_WORDS)
  keccak512(wordsOf(Uint8Array.of(...hash, ...bigintToBytes(nonce, 8).reverse())), seed, 0)
  const mix = Uint32Array.of(...seed, ...seed)
  const pages = sizeBytes / MIX_BYTES
  for (let access = 0; access < ACCESSES; access++) {
    const page = fnv(access ^ seed[0], mix[access % MIX_WORDS]) % pages
    for (let part = 0; part < PARTS; part++) {
      const found = datasetItem(cache, page * PARTS + part)
      for (let w = 0; w < HASH_WORDS; w++)
        mix[part * HASH_WORDS + w] = fnv(mix[part * HASH_WORDS + w], found[w])
    }
  }
  const folded = new Uint32Array(MIX_WORDS / 4)
  for (let i = 0; i < folded.length; i++)
    folded[i] = fnv(fnv(fnv(mix[4 * i], mix[4 * i + 1]), mix[4 * i + 2]), mix[4 * i + 3])
  const mixHash = bytesOf(folded)
  return {
    mixHash: bytesToBigint(mixHash),
    result: bytesToBigint(keccak256(Uint8Array.of(...bytesOf(seed), ...mixHash))),
  }
}

const sponge = new Uint32Array(50)

/** Keccak-512 of 16 words or fewer, written as hash `index` of `out`. */
function keccak512(input: Uint32Array, out: Uint32Array, index: number): void {
  sponge.fill(0)
  sponge.set(input)
  // The padding of the original Keccak, within one block of 18 words.
  sponge[input.length] = 1
  sponge[17] ^= 0x80000000
  keccakP(sponge)
  for (let w = 0; w < HASH_WORDS; w++) out[index * HASH_WORDS + w] = sponge[w]
}

/** The hash of Fowler, Noll and Vo as Ethash has it. */
function fnv(a: number, b: number): number {
  return (Math.imul(a, FNV_PRIME) ^ b) >>> 0
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true))
}

function bytesOf(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(4 * words.length)
  const view = new DataView(bytes.buffer)
  words.forEach((word, i) => {
    view.setUint32(4 * i, word, true)
  })
  return bytes
}
