/** Strictness: what lies at the edges of RFC 8032, and agreement with other verifiers on all that is accepted. */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes } from '../core/bytes.ts'
import { hexToBytes } from '../core/hex.ts'
import { publicKeyFault, SignatureCheck, signatureFault } from './ed25519.ts'
import { privateKeyPem, publicKeyPem, signerOf } from './keys.ts'

const { Point } = ed25519
const { Fn } = Point
const bytesOf = (hex: string) => hexToBytes(hex, 'test')

function holds(publicKey: Uint8Array, signature: Uint8Array, ...chunks: Uint8Array[]): boolean {
  const check = new SignatureCheck(publicKey, signature)
  for (const chunk of chunks) check.update(chunk)
  return check.holds()
}

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('a signature', () => {
  it('is made and verified as node:crypto does', () => {
    fc.assert(
      fc.property(bytes32, fc.uint8Array({ maxLength: 300 }), fc.nat(300), (seed, message, cut) => {
        const { publicKey, sign: signOurs } = signerOf(seed)
        const theirs = sign(null, message, createPrivateKey(privateKeyPem(seed)))
        expect(Buffer.from(signOurs(message)).equals(theirs)).toBe(true)
        expect(verify(null, message, createPublicKey(publicKeyPem(publicKey)), signOurs(message))).toBe(true)
        expect(holds(publicKey, theirs, message.subarray(0, cut), message.subarray(cut))).toBe(true)
        expect(holds(publicKey, theirs, message, Uint8Array.of(0))).toBe(false)
      }),
      { numRuns: 60 },
    )
  })

  it('holds with no bit of it, its key or its message changed', () => {
    const { publicKey, sign: signOurs } = signerOf(new Uint8Array(32).fill(7))
    const message = Uint8Array.of(1, 2, 3)
    const whole = concatBytes(publicKey, signOurs(message), message)
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const changed = whole.slice()
      changed[bit >> 3] ^= 1 << (bit & 7)
      const [key, signature, rest] = [changed.subarray(0, 32), changed.subarray(32, 96), changed.subarray(96)]
      expect(holds(key, signature, rest)).toBe(false)
    }
    expect(holds(publicKey, signOurs(message), message)).toBe(true)
  })
})

/** Two points of order 8, 4 and 2, and the neutral one (RFC 7748's curve, in canonical form). */
const SMALL = [
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '0000000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0100000000000000000000000000000000000000000000000000000000000000',
]
/** p and p+1, which stand for 0 and 1; 1 with the sign of no x; y = 2, which is on no point. */
const NOT_CANONICAL = [
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0100000000000000000000000000000000000000000000000000000000000080',
  `02${'00'.repeat(31)}`,
]

describe('a point', () => {
  it.each(SMALL)('of small order is no key and no R: %s', (hex) => {
    expect(publicKeyFault(bytesOf(hex))).toBe('the key is a point of small order')
    expect(signatureFault(bytesOf(hex + '00'.repeat(32)))).toBe('its R is a point of small order')
    // A key of small order makes the zero signature hold for many messages, where it is let in.
    expect(holds(bytesOf(hex), bytesOf(SMALL[4] + '00'.repeat(32)))).toBe(false)
  })

  it.each(NOT_CANONICAL)('that is not written canonically is no key and no R: %s', (hex) => {
    expect(publicKeyFault(bytesOf(hex))).toContain('not the canonical encoding')
    expect(signatureFault(bytesOf(hex + '00'.repeat(32)))).toContain('its R is not the canonical encoding')
  })
})

describe('a signer who does not keep to the book', () => {
  const message = Uint8Array.of(42)
  const a = 12345n
  const torsion = Point.fromBytes(bytesOf(SMALL[0]))

  /** [S]B = R + [k]A up to the cofactor, with what is added to A and R. */
  function forge(inKey: boolean, inR: boolean): [key: Uint8Array, signature: Uint8Array] {
    const clean = Point.BASE.multiply(a)
    const key = (inKey ? clean.add(torsion) : clean).toBytes()
    const base = Point.BASE.multiply(777n)
    const r = (inR ? base.add(torsion) : base).toBytes()
    const digest = sha512(concatBytes(r, key, message))
    const k = Fn.create(BigInt(`0x${Buffer.from(digest).reverse().toString('hex')}`))
    return [key, concatBytes(r, Fn.toBytes(Fn.create(777n + k * a)))]
  }

  it.each([
    [true, false],
    [false, true],
    [true, true],
  ])('makes nothing on which verifiers differ (key %s, R %s)', (inKey, inR) => {
    const [key, signature] = forge(inKey, inR)
    // The equation with the cofactor holds, and that without need not.
    expect(ed25519.verify(signature, message, key, { zip215: false })).toBe(true)
    expect(holds(key, signature, message)).toBe(false)
    const fault = inR ? signatureFault(signature) : publicKeyFault(key)
    expect(fault).toContain('a point outside the group of prime order')
  })

  it('cannot add the order to S', () => {
    const [key, signature] = forge(false, false)
    expect(holds(key, signature, message)).toBe(true)
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + Fn.ORDER
    const other = signature.slice()
    other.set(Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse(), 32)
    expect(holds(key, other, message)).toBe(false)
    expect(signatureFault(other)).toBe('its S is not below the order of the group')
  })
})
