import { expect, test } from 'vitest'
import { bytesToHex } from '../core/hex.ts'
import { defaultCrypto } from '../runtime/crypto.ts'
import { keepingLatest } from './latest-hash.ts'

/** The hash, and how many inputs were really hashed. */
function counting() {
  const seen = { count: 0 }
  const hash = keepingLatest((data) => {
    seen.count++
    return defaultCrypto.sha256(data)
  })
  /** Hashes and compares with the library. */
  const check = (data: Uint8Array) =>
    expect(bytesToHex(hash(data))).toBe(bytesToHex(defaultCrypto.sha256(data)))
  return { seen, hash, check }
}

test('hashes the same long input once, wherever it lies', () => {
  const { seen, check } = counting()
  const memory = new Uint8Array(1 << 16)
  memory.fill(7, 100, 50_100)
  for (let i = 0; i < 3; i++) check(memory.subarray(100, 50_100))
  check(new Uint8Array(50_000).fill(7))
  expect(seen.count).toBe(1)
})

test('sees every change of the bytes and of the size', () => {
  const { seen, check } = counting()
  const data = new Uint8Array(9000)
  check(data)
  for (const at of [0, 1, 4095, 4096, 8191, 8998, 8999]) {
    data[at] ^= 1
    check(data)
  }
  const changes = seen.count
  expect(changes).toBe(8)
  // Prefixes and extensions of what is kept, which lies in the same buffer.
  for (const size of [8999, 9000, 4096, 8999, 4096]) check(data.subarray(0, size))
  const longer = new Uint8Array(9001)
  longer.set(data)
  check(longer)
  check(data)
  expect(seen.count).toBe(changes + 7)
})

test('hashes short and very long inputs each time', () => {
  const { seen, check } = counting()
  for (const size of [0, 32, 4095, (1 << 20) + 1]) {
    const data = new Uint8Array(size).fill(1)
    check(data)
    check(data)
  }
  expect(seen.count).toBe(8)
})

test('gives results that nobody else has', () => {
  const { hash, check } = counting()
  const data = new Uint8Array(5000).fill(9)
  hash(data).fill(0)
  check(data)
  hash(data).fill(0)
  check(data)
})

test('keeps nothing of a hash that throws', () => {
  let isBroken = false
  const hash = keepingLatest((data) => {
    if (isBroken) throw new Error('broken')
    return defaultCrypto.sha256(data)
  })
  const [a, b] = [1, 2].map((byte) => new Uint8Array(5000).fill(byte))
  hash(a)
  isBroken = true
  expect(() => hash(b)).toThrow('broken')
  expect(() => hash(b)).toThrow('broken')
})
