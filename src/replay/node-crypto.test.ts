import { secp256k1 } from 'ethereum-cryptography/secp256k1.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesToHex } from '../core/hex.ts'
import { bigintToBytes, bytesToBigint, MAX_WORD } from '../core/word.ts'
import { defaultCrypto } from '../runtime/crypto.ts'
import { nodeCrypto } from './node-crypto.ts'

const { n } = secp256k1.CURVE
/** Modulus of the field of the curve. */
const p = 2n ** 256n - 2n ** 32n - 977n
const G = secp256k1.ProjectivePoint.BASE

/** What both find, which must be the same: the key as hex, or null. */
function recovered(digest: Uint8Array, yParity: number, r: bigint, s: bigint): string | null {
  const [fast, library] = [nodeCrypto, defaultCrypto].map(({ secp256k1Recover }) => {
    const key = secp256k1Recover(digest, yParity, r, s)
    return key && bytesToHex(key)
  })
  expect(fast).toBe(library)
  return fast
}

const word = fc.bigInt({ min: 0n, max: MAX_WORD })
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 })
const key = fc.bigInt({ min: 1n, max: n - 1n })

test('what signs is what is recovered, with a low s and with the high one', () => {
  fc.assert(
    fc.property(key, digest, (secret, hash) => {
      const { r, s, recovery } = secp256k1.sign(hash, bigintToBytes(secret, 32))
      const expected = bytesToHex(secp256k1.getPublicKey(bigintToBytes(secret, 32), false).slice(1))
      expect(recovered(hash, recovery, r, s)).toBe(expected)
      expect(recovered(hash, 1 - recovery, r, n - s)).toBe(expected)
    }),
    { numRuns: 50 },
  )
})

test('agrees with the library on any r and s, half of which are the x of no point', () => {
  let missing = 0
  fc.assert(
    fc.property(digest, fc.integer({ min: 0, max: 1 }), word, word, (hash, yParity, r, s) => {
      if (recovered(hash, yParity, r, s) === null) missing++
    }),
    { numRuns: 100 },
  )
  expect(missing).toBeGreaterThan(10)
  expect(missing).toBeLessThan(90)
})

describe('agrees with the library at the edges', () => {
  const zeroHash = new Uint8Array(32)
  const fullHash = new Uint8Array(32).fill(0xff)
  const edges = [0n, 1n, 2n, n >> 1n, (n >> 1n) + 1n, n - 1n, n, n + 1n, p - n - 1n, p - n, p - n + 1n]
  const beyond = [p - 1n, p, p + 1n, MAX_WORD, MAX_WORD + 1n, MAX_WORD + 2n]
  for (const [name, hash] of Object.entries({ zeroHash, fullHash, order: bigintToBytes(n, 32) }))
    test(`of r and s, digest ${name}`, () => {
      for (const r of [...edges, ...beyond, G.x])
        for (const s of [...edges, ...beyond]) for (const yParity of [0, 1]) recovered(hash, yParity, r, s)
    })

  test('of what is in range: some have a key, and r = n − 1 has none', () => {
    expect(recovered(zeroHash, 0, 1n, 1n)).not.toBeNull()
    expect(recovered(zeroHash, 0, n - 1n, 1n)).toBeNull()
    for (const outside of [0n, n, MAX_WORD, MAX_WORD + 2n]) {
      expect(recovered(fullHash, 0, outside, 1n)).toBeNull()
      expect(recovered(fullHash, 0, 1n, outside)).toBeNull()
    }
  })

  test('where the key would be the point at infinity', () => {
    // s·R = e·G with R = G: s = e.
    const hash = bigintToBytes(12345n, 32)
    expect(recovered(hash, 0, G.x, 12345n)).toBeNull()
    expect(recovered(hash, 1, G.x, 12345n)).not.toBeNull()
    expect(bytesToBigint(hash)).toBe(12345n)
  })
})

test('gives keys that later calls leave as they are', () => {
  const first = nodeCrypto.secp256k1Recover(new Uint8Array(32).fill(1), 0, 1n, 1n)!
  const kept = first.slice()
  nodeCrypto.secp256k1Recover(new Uint8Array(32).fill(2), 1, 1n, 7n)
  expect(first).toEqual(kept)
  expect(first.length).toBe(64)
})
