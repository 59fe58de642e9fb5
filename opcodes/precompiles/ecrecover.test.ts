import { secp256k1 } from 'ethereum-cryptography/secp256k1.js'
import { expect, test } from 'vitest'
import { bytesToBareHex, bytesToHex } from '../../src/core/hex.ts'
import { bigintToBytes, MAX_WORD } from '../../src/core/word.ts'
import { defaultCrypto } from '../../src/runtime/crypto.ts'
import { ECRECOVER } from './ecrecover.ts'
import { encodeUints } from './output.ts'

const { n, p, Gx } = secp256k1.CURVE as typeof secp256k1.CURVE & { readonly p: bigint }
const SECRET_KEY = new Uint8Array(32).fill(0x11)
const ADDRESS = '0x00000000000000000000000019e7e376e7c213b7e7e7e46cc70a5dd086daff2a'
const NONE = '0x'

function recover(...words: bigint[]): string {
  return bytesToHex(ECRECOVER.run(encodeUints(words, 32), defaultCrypto)!)
}

function sign(digest: bigint) {
  const { r, s, recovery } = secp256k1.sign(bigintToBytes(digest, 32), SECRET_KEY)
  return { r, s, v: 27n + BigInt(recovery) }
}

// Digests found by search: with this key the one gives an s, the other an r whose first byte is zero.
test.each([
  ['plain', 1n],
  ['s of 31 bytes', 135n],
  ['r of 31 bytes', 189n],
  ['digest zero', 0n],
  ['digest past the order of the group', MAX_WORD],
])('recovers the address: %s', (_, digest) => {
  const { r, s, v } = sign(digest)
  expect(recover(digest, v, r, s)).toBe(ADDRESS)
  // The mirrored signature has a high s, which only transactions may not have (EIP-2).
  expect(recover(digest, 55n - v, r, n - s)).toBe(ADDRESS)
  expect(recover(digest, 55n - v, r, s)).not.toBe(ADDRESS)
})

test('gives no output, and does not fail, when there is no key', () => {
  const { r, s, v } = sign(1n)
  const cases: Record<string, bigint[]> = {
    'v is a parity': [1n, v - 27n, r, s],
    'v is 29': [1n, 29n, r, s],
    'high byte of v': [1n, (1n << 248n) | v, r, s],
    'v past 64 bits': [1n, (1n << 64n) + v, r, s],
    'r zero': [1n, v, 0n, s],
    'r is the order': [1n, v, n, s],
    'r past the field': [1n, v, p + 1n, s],
    's zero': [1n, v, r, 0n],
    's is the order': [1n, v, r, n],
    'no point at r': [1n, v, 5n, s],
    'key would be infinity': [1n, 27n, Gx, 1n],
  }
  for (const [name, words] of Object.entries(cases)) expect(recover(...words), name).toBe(NONE)
})

test('pads a short input with zeros and ignores what follows 128 bytes', () => {
  const { r, s, v } = sign(1n)
  const input = encodeUints([1n, v, r, s], 32)
  const padded = new Uint8Array(200).fill(0xff)
  padded.set(input)
  expect(bytesToHex(ECRECOVER.run(padded, defaultCrypto)!)).toBe(ADDRESS)
  for (const size of [0, 31, 63, 96, 127])
    expect(bytesToHex(ECRECOVER.run(input.subarray(0, size), defaultCrypto)!), `${size} bytes`).not.toBe(
      ADDRESS,
    )

  // An s that ends in zeros may be cut short: 1 in the first of its bytes.
  const short = encodeUints([1n, 27n, Gx, 1n << 248n], 32)
  const whole = bytesToBareHex(ECRECOVER.run(short, defaultCrypto)!)
  expect(whole).toHaveLength(64)
  expect(bytesToBareHex(ECRECOVER.run(short.subarray(0, 97), defaultCrypto)!)).toBe(whole)
  expect(ECRECOVER.gas(short)).toBe(3000)
})
