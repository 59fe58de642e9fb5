import { keccak256 } from '../core/keccak.ts'
import { bigintToBytes } from '../core/word.ts'

/**
 * The keys of the state and storage tries are hashes, so that no one can choose where they lie. Programs come back to
 * the same few addresses and slots, so the latest hashes are kept: `CACHED` of each kind, one to each value of a key's
 * low bits. A key that takes another's place only costs a hash, whatever keys an attacker picks.
 */
const CACHED_BITS = 12
const CACHED = 1 << CACHED_BITS

class HashedKeys {
  private readonly sizeBytes: number
  private readonly keys = new Array<bigint>(CACHED).fill(-1n)
  private readonly hashes = new Array<Uint8Array>(CACHED).fill(new Uint8Array(0))

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes
  }

  hash(key: bigint): Uint8Array {
    const place = Number(BigInt.asUintN(CACHED_BITS, key))
    if (this.keys[place] !== key) {
      this.hashes[place] = keccak256(bigintToBytes(key, this.sizeBytes))
      this.keys[place] = key
    }
    return this.hashes[place]
  }
}

const addresses = new HashedKeys(20)
const slots = new HashedKeys(32)

/** keccak256 of the address in 20 bytes: its key in the state trie. Shared: not to be changed. */
export function hashedAddress(address: bigint): Uint8Array {
  return addresses.hash(address)
}

/** keccak256 of the slot's key in 32 bytes: its key in the storage trie. Shared: not to be changed. */
export function hashedSlot(key: bigint): Uint8Array {
  return slots.hash(key)
}
