import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bytesToBareHex } from '../core/hex.ts'
import { base64ToBytes } from './base64.ts'
import { readPublicKey, readSigner } from './keys.ts'
import { readSignature, verifySignature } from './signature.ts'

const SEED = 'vE9+i9FlPl69dzldXwrhnUr2JFfhleJ554+kPxRKnRY='
const PUBLIC = '5b9a39eaa40a73283990fac8c8d54af0fe23e7d9ed5650d10d23b8b36ac5eb78'
const MESSAGE = new TextEncoder().encode('Hello zsig v0.5.0\n')
const SIGNATURE = 'oqkfmhtnKl4oQt08o6HGsIvgbACdOlwChG9/xnW0Gq5gtaA5GEuhwg0+EaCGvMor3UCSdG2pi1jaNqT+vujpCQ=='
const KEY_PAIR = `-----BEGIN ZSIG KEYPAIR-----\nPrivate: ${SEED}\nPublic: ${PUBLIC}\n-----END ZSIG KEYPAIR-----\n`

const raw = base64ToBytes(SIGNATURE) as Uint8Array
const key = readPublicKey(PUBLIC, 'key')
const utf8 = (text: string) => new TextEncoder().encode(text)
const toBase64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

function signedMessage(more: object = {}): Uint8Array {
  const bytes = utf8(`1700000000:deploy:${new TextDecoder().decode(MESSAGE)}`)
  const signature = toBase64(readSigner(KEY_PAIR, 'key').sign(bytes))
  const rest = { timestamp: 1700000000, context: 'deploy', public_key: PUBLIC }
  return utf8(
    JSON.stringify({ message: Buffer.from(MESSAGE).toString('base64'), signature, ...rest, ...more }),
  )
}

describe('a signature file', () => {
  it.each([
    ['64 bytes', raw],
    ['hex', utf8(`${bytesToBareHex(raw)}\n`)],
    ['base64', utf8(`  ${SIGNATURE}\n`)],
    ['a SignedMessage', signedMessage()],
  ])('holds as %s, and for nothing else', (_, file) => {
    const stored = readSignature(file, 'sig')
    expect(verifySignature(stored, MESSAGE, key)).toBe(true)
    expect(verifySignature(stored, utf8('Hello zsig v0.5.0'), key)).toBe(false)
    const other = readSigner(KEY_PAIR.replace(SEED, SEED), 'key').publicKey.slice()
    other[0] ^= 1
    expect(verifySignature(stored, MESSAGE, other)).toBe(false)
  })

  it.each([
    ['another time', { timestamp: 1700000001 }],
    ['another context', { context: 'run' }],
    ['another message', { message: toBase64(utf8('x')) }],
    ['another key', { public_key: '11'.repeat(32) }],
  ])('does not hold with %s', (_, more) => {
    expect(verifySignature(readSignature(signedMessage(more), 'sig'), MESSAGE, key)).toBe(false)
  })

  it.each([
    [utf8('x'), 'sig: not a signature'],
    [new Uint8Array(0), 'sig: not a signature'],
    [raw.subarray(1), 'sig: not a signature'],
    [utf8(SIGNATURE.slice(0, -1)), 'sig: not a signature'],
    [utf8('{'), 'sig: JSON ends too early'],
    [utf8('{}'), 'sig: signature: missing'],
    [signedMessage({ more: 1 }), 'sig: more: unknown member'],
    [signedMessage({ signature: 'AAAA' }), 'sig: signature: not 64 bytes'],
  ])('is refused where it is none', (file, message) => {
    expect(() => readSignature(file, 'sig')).toThrow(message)
  })
})

describe('keys', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const spki = publicKey.export({ type: 'spki', format: 'pem' }) as string
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string

  it('are read in each form, as OpenSSL means them', () => {
    const signer = readSigner(pkcs8, 'key')
    expect(bytesToBareHex(readPublicKey(spki, 'key'))).toBe(bytesToBareHex(signer.publicKey))
    expect(bytesToBareHex(signer.sign(MESSAGE))).toBe(sign(null, MESSAGE, privateKey).toString('hex'))
    expect(bytesToBareHex(readSigner(KEY_PAIR, 'key').publicKey)).toBe(PUBLIC)
    expect(toBase64(readSigner(KEY_PAIR, 'key').sign(MESSAGE))).toBe(SIGNATURE)
    expect(bytesToBareHex(readPublicKey(KEY_PAIR, 'key'))).toBe(PUBLIC)
  })

  it.each([
    [() => readPublicKey('5b', 'k.pub'), 'k.pub: not an Ed25519 public key'],
    [() => readPublicKey(pkcs8, 'k.pub'), 'k.pub: not an Ed25519 public key'],
    [() => readSigner(spki, 'k.key'), 'k.key: not an Ed25519 private key'],
    [() => readSigner(KEY_PAIR.replace(PUBLIC, '11'.repeat(32)), 'k.key'), 'its public part is not that of'],
    [() => readSigner(KEY_PAIR.replace(SEED, 'AAAA'), 'k.key'), 'its private part is not 32 bytes'],
  ])('are refused, and nothing of them is shown', (read, message) => {
    expect(read).toThrow(message)
    expect(read).not.toThrow(SEED)
  })
})
