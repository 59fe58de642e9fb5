import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { expect, test } from 'vitest'
import { bytesToHex } from '../../src/core/hex.ts'
import { bytesToBigint } from '../../src/core/word.ts'
import { defaultCrypto } from '../../src/runtime/crypto.ts'
import { encodeUints } from './output.ts'
import { P256VERIFY } from './p256verify.ts'

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const GENERATOR = [
  0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
]
const VALID = `0x${'1'.padStart(64, '0')}`
const NO_OUTPUT = '0x'

const runBytes = (input: Uint8Array) => bytesToHex(P256VERIFY.run(input, defaultCrypto)!)
const run = (...words: bigint[]) => runBytes(encodeUints(words, 32))

/** Digest, r, s, x, y of a new key, by OpenSSL. */
function signed(message: string): bigint[] {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signature = sign('sha256', Buffer.from(message), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  const { x, y } = publicKey.export({ format: 'jwk' })
  const parts = [
    createHash('sha256').update(message).digest(),
    signature.subarray(0, 32),
    signature.subarray(32),
    Buffer.from(x!, 'base64url'),
    Buffer.from(y!, 'base64url'),
  ]
  return parts.map(bytesToBigint)
}

test('accepts the signatures of OpenSSL and their mirrored form, high s or low', () => {
  for (let i = 0; i < 8; i++) {
    const [digest, r, s, x, y] = signed(`message ${i}`)
    expect(run(digest, r, s, x, y)).toBe(VALID)
    expect(run(digest, r, N - s, x, y)).toBe(VALID)
    expect(run(digest ^ 1n, r, s, x, y)).toBe(NO_OUTPUT)
    expect(run(digest, r, s, x, P - y)).toBe(NO_OUTPUT)
  }
})

test('gives no output, and does not fail, on whatever is invalid', () => {
  const [digest, r, s, x, y] = signed('message')
  const cases: Record<string, bigint[]> = {
    'r zero': [digest, 0n, s, x, y],
    's zero': [digest, r, 0n, x, y],
    'r is the order': [digest, N, s, x, y],
    's is the order': [digest, r, N, x, y],
    'all bits of r': [digest, (1n << 256n) - 1n, s, x, y],
    'x is the field': [digest, r, s, P, y],
    'y is the field': [digest, r, s, x, P],
    'off the curve': [digest, r, s, x, y ^ 1n],
    'key is infinity': [digest, r, s, 0n, 0n],
    // The key is the generator, so the point checked is (h + r)·s⁻¹·G, and h + r is the order.
    'point checked is infinity': [N - 12345n, 12345n, 678n, ...GENERATOR],
  }
  for (const [name, words] of Object.entries(cases)) expect(run(...words), name).toBe(NO_OUTPUT)
})

test('takes exactly 160 bytes, for 6,900 gas whatever the input', () => {
  const input = encodeUints(signed('message'), 32)
  expect(runBytes(input)).toBe(VALID)
  for (const bytes of [new Uint8Array(0), input.subarray(0, 159), Uint8Array.of(...input, 0)]) {
    expect(runBytes(bytes)).toBe(NO_OUTPUT)
    expect(P256VERIFY.gas(bytes)).toBe(6900)
  }
})
