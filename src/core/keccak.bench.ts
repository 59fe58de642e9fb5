import { keccak_256 as noble } from '@noble/hashes/sha3.js'
import { keccak256 as ethereumCryptography } from 'ethereum-cryptography/keccak.js'
import { bench, describe } from 'vitest'
import { keccak256 } from './keccak.ts'

/** One hash of messages of a storage key, of the longest single block, of a trie's branch, and of code. */
for (const sizeBytes of [32, 135, 532, 1024, 24_576])
  describe(`keccak of ${sizeBytes} bytes`, () => {
    const data = new Uint8Array(sizeBytes).fill(7)
    bench('zvm', () => void keccak256(data))
    bench('ethereum-cryptography', () => void ethereumCryptography(data))
    bench('@noble/hashes', () => void noble(data))
  })
