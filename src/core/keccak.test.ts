import { expect, test } from 'vitest'
import { bytesToHex } from './hex.ts'
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, keccak256 } from './keccak.ts'

const hash = (data: Uint8Array) => bytesToHex(keccak256(data))
const ascii = (text: string) => new TextEncoder().encode(text)

test('hashes as Keccak does, not as its standardised successor SHA-3', () => {
  expect(hash(ascii('abc'))).toBe('0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45')
  expect(hash(ascii('transfer(address,uint256)')).slice(0, 10)).toBe('0xa9059cbb')
})

test('names the hash of no code and the root of no entries', () => {
  expect(BigInt(hash(new Uint8Array(0)))).toBe(EMPTY_CODE_HASH)
  expect(BigInt(hash(Uint8Array.of(0x80)))).toBe(EMPTY_TRIE_ROOT)
})
