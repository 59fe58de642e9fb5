/** Digests and signatures against published vectors; what the suite's model has from the same libraries is judged here. */
import { describe, expect, it } from 'vitest'
import { native, operands, playNative, put, returnTop, wordsOf } from '../../scripts/lib/native-harness.ts'
import { Halt } from '../../src/core/halt.ts'
import { hexToBytes } from '../../src/core/hex.ts'
import { bytesToBigint } from '../../src/core/word.ts'

const copied = native(put(0), 'CALLDATASIZE', 'SWAP1', put(0), 'CALLDATACOPY')
const text = (written: string) => new TextEncoder().encode(written)

describe.each([
  // RFC 6234, the RIPEMD-160 page, RFC 7693 with 32 bytes, the BLAKE3 test vectors and reference.
  ['SHA256', '', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['SHA256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['RIPEMD160', '', '9c1185a5c5e9fc54612808977ee8f548b2258d31'],
  ['RIPEMD160', 'abc', '8eb208f7e05d987a9b044a8e98c6b087f15a0bfc'],
  ['BLAKE2B', '', '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8'],
  ['BLAKE2B', 'abc', 'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319'],
  ['BLAKE3', '', 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
  ['BLAKE3', 'abc', '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85'],
])('%s of "%s"', (name, input, digest) => {
  it('is the published digest', () => {
    const code = native(copied, 'CALLDATASIZE', put(0), name, returnTop())
    expect(wordsOf(playNative({ code, input: text(input) }))).toEqual([BigInt(`0x${digest}`)])
  })
})

describe('ED25519_VERIFY', () => {
  const key = 0x5b9a39eaa40a73283990fac8c8d54af0fe23e7d9ed5650d10d23b8b36ac5eb78n
  const signature = Uint8Array.from(
    atob('oqkfmhtnKl4oQt08o6HGsIvgbACdOlwChG9/xnW0Gq5gtaA5GEuhwg0+EaCGvMor3UCSdG2pi1jaNqT+vujpCQ=='),
    (character) => character.charCodeAt(0),
  )
  const verify = (message: string, publicKey = key) => {
    const code = native(copied, operands(publicKey, 0, 64, text(message).length), 'ED25519_VERIFY', returnTop())
    return wordsOf(playNative({ code, input: Uint8Array.from([...signature, ...text(message)]) }))[0]
  }

  it('accepts the vector of zsig, and no other message or key', () => {
    expect(verify('Hello zsig v0.5.0\n')).toBe(1n)
    expect(verify('Hello zsig v0.5.1\n')).toBe(0n)
    expect(verify('Hello zsig v0.5.0\n', key + 1n)).toBe(0n)
  })

  it('refuses a key of small order, which signs anything (RFC 8032 without the cofactor)', () => {
    expect(verify('', 1n << 248n)).toBe(0n)
    expect(verify('', 0n)).toBe(0n)
  })
})

describe('TABLEHASH', () => {
  it('is keccak256 of slot and key', () => {
    const code = native(operands(42, 123), 'TABLEHASH', returnTop())
    const digest = '0xf4407b268f0e625e08b087aa709d6243d41175ba9ac118c88f7e4c6b977f57fe'
    expect(wordsOf(playNative({ code }))[0]).toBe(bytesToBigint(hexToBytes(digest, 'digest')))
  })
})

describe('PQ_VERIFY_*', () => {
  it('never throws, whatever key and signature say', () => {
    for (const name of ['PQ_VERIFY_DILITHIUM', 'PQ_VERIFY_FALCON', 'PQ_VERIFY_SPHINCS'])
      for (const byte of [0, 1, 0x80, 0xff]) {
        const input = new Uint8Array(20_000).fill(byte)
        const code = native(copied, operands(0, 2000, 0, 40), name, returnTop())
        const outcome = playNative({ code, input, gas: 10_000_000n })
        expect([name, byte, outcome.halt, wordsOf(outcome)]).toEqual([name, byte, Halt.Return, [0n]])
      }
  })
})
