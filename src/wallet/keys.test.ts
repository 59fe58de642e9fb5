import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { bytesToBareHex } from '../core/hex.ts'
import {
  generatePrivateKey,
  keyPairText,
  privateKeyPem,
  publicKeyPem,
  publicKeyText,
  readPrivateKey,
  readPublicKey,
  signerOf,
} from './keys.ts'

const SEED = 'vE9+i9FlPl69dzldXwrhnUr2JFfhleJ554+kPxRKnRY='
const PUBLIC = '5b9a39eaa40a73283990fac8c8d54af0fe23e7d9ed5650d10d23b8b36ac5eb78'
const KEY_PAIR = `-----BEGIN ZSIG KEYPAIR-----\nPrivate: ${SEED}\nPublic: ${PUBLIC}\n-----END ZSIG KEYPAIR-----\n`

const utf8 = (text: string) => new TextEncoder().encode(text)
const hexOfPublic = (text: string) => bytesToBareHex(readPublicKey(utf8(text), 'k.pub'))
const seedOf = (text: string) => readPrivateKey(utf8(text), 'k.key')

describe('keys', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const spki = publicKey.export({ type: 'spki', format: 'pem' }) as string
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string

  it('are read in each form, as OpenSSL means them', () => {
    const signer = signerOf(seedOf(pkcs8))
    expect(hexOfPublic(spki)).toBe(bytesToBareHex(signer.publicKey))
    const message = utf8('message')
    expect(bytesToBareHex(signer.sign(message))).toBe(sign(null, message, privateKey).toString('hex'))
    expect(bytesToBareHex(signerOf(seedOf(KEY_PAIR)).publicKey)).toBe(PUBLIC)
    for (const text of [PUBLIC, ` ${PUBLIC.toUpperCase()}\r\n`, KEY_PAIR, KEY_PAIR.replaceAll('\n', '\r\n')])
      expect(hexOfPublic(text)).toBe(PUBLIC)
  })

  it('are written in each form, as OpenSSL writes them', () => {
    const seed = seedOf(pkcs8)
    expect(publicKeyPem(signerOf(seed).publicKey)).toBe(spki)
    expect(privateKeyPem(seed)).toBe(pkcs8)
    expect(keyPairText(seedOf(KEY_PAIR))).toBe(KEY_PAIR)
    expect(publicKeyText(signerOf(seedOf(KEY_PAIR)).publicKey)).toBe(`${PUBLIC}\n`)
    const fresh = generatePrivateKey()
    expect(seedOf(keyPairText(fresh))).toEqual(fresh)
    expect(fresh).not.toEqual(generatePrivateKey())
    expect(
      createPublicKey(createPrivateKey(privateKeyPem(fresh))).export({ type: 'spki', format: 'pem' }),
    ).toBe(publicKeyPem(signerOf(fresh).publicKey))
  })

  it.each([
    [() => hexOfPublic('5b'), 'k.pub: not an Ed25519 public key'],
    [() => hexOfPublic(`\u00a0${PUBLIC}`), 'k.pub: not an Ed25519 public key'],
    [() => hexOfPublic(pkcs8), 'k.pub: not an Ed25519 public key'],
    [() => seedOf(spki), 'k.key: not an Ed25519 private key'],
    [() => seedOf(`${KEY_PAIR}x`), 'k.key: not an Ed25519 private key'],
    [() => seedOf(KEY_PAIR.replace(PUBLIC, '11'.repeat(32))), 'its public part is not that of'],
    [() => seedOf(KEY_PAIR.replace(SEED, 'AAAA')), 'its private part is not 32 bytes'],
  ])('are refused, and nothing of them is shown: %#', (read, message) => {
    expect(read).toThrow(message)
    expect(read).not.toThrow(SEED.slice(0, 8))
  })

  it('do not show in what signs by them', () => {
    const signer = signerOf(seedOf(KEY_PAIR))
    const shown = inspect(signer, { depth: 9, showHidden: true }) + JSON.stringify(signer)
    for (const secret of [SEED.slice(0, 8), bytesToBareHex(seedOf(KEY_PAIR)).slice(0, 8), '188, 79'])
      expect(shown).not.toContain(secret)
  })
})
