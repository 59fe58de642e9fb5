import { blake3 } from '@noble/hashes/blake3.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToBareHex, hexToBytes } from '../core/hex.ts'
import { base64ToBytes } from './base64.ts'
import { splitInline } from './inline.ts'
import { readPrivateKey, readPublicKey, signerOf } from './keys.ts'
import { SIGN_LIMIT_BYTES, signPayload } from './sign.ts'
import { ENCODINGS, encodeSignature, readSignature } from './signature.ts'
import { signedMessageToJson, signMessage } from './signed-message.ts'
import { addTrustedKey, readTrustedKeys, trustedKeysText } from './trusted-keys.ts'
import { verifySignature } from './verify.ts'

const SEED = 'vE9+i9FlPl69dzldXwrhnUr2JFfhleJ554+kPxRKnRY='
const PUBLIC = '5b9a39eaa40a73283990fac8c8d54af0fe23e7d9ed5650d10d23b8b36ac5eb78'
const SIGNATURE = 'oqkfmhtnKl4oQt08o6HGsIvgbACdOlwChG9/xnW0Gq5gtaA5GEuhwg0+EaCGvMor3UCSdG2pi1jaNqT+vujpCQ=='

const utf8 = (text: string) => new TextEncoder().encode(text)
const MESSAGE = utf8('Hello zsig v0.5.0\n')
const raw = base64ToBytes(SIGNATURE)!
const pair = `-----BEGIN ZSIG KEYPAIR-----\nPrivate: ${SEED}\nPublic: ${PUBLIC}\n-----END ZSIG KEYPAIR-----\n`
const signer = signerOf(readPrivateKey(utf8(pair), 'key'))
const key = readPublicKey(utf8(PUBLIC), 'key')
const other = signerOf(new Uint8Array(32)).publicKey

function judge(
  file: Uint8Array,
  payload: Uint8Array,
  { keys = [key], context = null as string | null } = {},
) {
  const cut = payload.length >> 1
  const chunks = [payload.subarray(0, cut), payload.subarray(cut)]
  const verdict = verifySignature(readSignature(file, 'sig'), chunks, { keys, context })
  return verdict.isValid ? bytesToBareHex(verdict.publicKey) : verdict.reason
}

function signedMessage(more: object = {}, context = 'deploy'): Uint8Array {
  const json = JSON.parse(signedMessageToJson(signMessage(signer, MESSAGE, 1700000000, context)))
  return utf8(JSON.stringify({ ...json, ...more }))
}

describe('a signature file', () => {
  it('gives the vector', () => {
    expect(Buffer.from(signPayload(signer, [MESSAGE], null)).toString('base64')).toBe(SIGNATURE)
  })

  it.each([
    ['64 bytes', raw],
    ['hex', utf8(`${bytesToBareHex(raw)}\n`)],
    ['hex in capitals', utf8(bytesToBareHex(raw).toUpperCase())],
    ['base64', utf8(` \t${SIGNATURE}\r\n`)],
    ['a SignedMessage', signedMessage()],
  ])('holds as %s, and for nothing else', (_, file) => {
    expect(judge(file, MESSAGE)).toBe(PUBLIC)
    expect(judge(file, MESSAGE, { keys: [other, key] })).toBe(PUBLIC)
    expect(judge(file, utf8('Hello zsig v0.5.0'))).toMatch(/payload/)
    expect(judge(file, MESSAGE, { keys: [other] })).toMatch(/key/)
    expect(judge(file, MESSAGE, { context: 'run' })).toMatch(/context/)
  })

  it('is read again in each encoding', () => {
    for (const encoding of ENCODINGS) {
      const stored = readSignature(encodeSignature(raw, encoding), 'sig')
      expect([stored.encoding, bytesToBareHex(stored.signature)]).toEqual([encoding, bytesToBareHex(raw)])
    }
  })

  it.each([
    [utf8('x'), 'sig: not a signature'],
    [new Uint8Array(0), 'sig: not a signature'],
    [raw.subarray(1), 'sig: not a signature'],
    [utf8(SIGNATURE.slice(0, -1)), 'sig: not a signature'],
    [utf8(`\u00a0${SIGNATURE}`), 'sig: not a signature'],
    [utf8(SIGNATURE.replace('CQ==', 'CR==')), 'sig: not a signature'],
    [utf8('{'), 'sig: JSON ends too early'],
    [utf8('{}'), 'sig: signature: missing'],
    [utf8('{"context":"a","context":"b"}'), 'sig: a key that is there before'],
    [signedMessage({ more: 1 }), 'sig: more: unknown member'],
    [signedMessage({ signature: 'AAAA' }), 'sig: signature: not 64 bytes'],
    [signedMessage({ timestamp: 0.5 }), 'sig: timestamp: not a whole number'],
    [signedMessage({ context: 'a\nb' }), 'sig: context: has a control character'],
  ])('is refused where it is none: %#', (file, message) => {
    expect(() => readSignature(file, 'sig')).toThrow(message)
  })

  it('inline stands behind its message', () => {
    const { message, signature } = splitInline(Buffer.concat([MESSAGE, raw]), 'file')
    expect(judge(signature, message)).toBe(PUBLIC)
    expect(() => splitInline(raw.subarray(1), 'file')).toThrow('file: shorter than the 64 bytes')
  })
})

describe('a SignedMessage', () => {
  it.each([
    ['another time', { timestamp: 1700000001 }, /not one of its message/],
    ['another context', { context: 'run' }, /not one of its message/],
    ['another message', { message: 'eA==' }, /its message is not the payload/],
    ['another key', { public_key: '11'.repeat(32) }, /by another key, 1111/],
  ])('does not hold with %s', (_, more, reason) => {
    expect(judge(signedMessage(more), MESSAGE)).toMatch(reason)
  })

  it('counts by its own key only where the verifier brings the same', () => {
    expect(judge(signedMessage(), MESSAGE, { keys: [other] })).toBe(`by another key, ${PUBLIC}`)
  })

  it('holds in the context that is asked for, or whatever it is where none is', () => {
    expect(judge(signedMessage(), MESSAGE, { context: 'deploy' })).toBe(PUBLIC)
    expect(judge(signedMessage(), MESSAGE)).toBe(PUBLIC)
    expect(judge(signedMessage({ context: null }, ''), MESSAGE, { context: '' })).toBe(PUBLIC)
    expect(judge(signedMessage(), MESSAGE, { context: '' })).toBe('its context is "deploy", not ""')
  })

  it('whose context has a colon holds only in that context', () => {
    // `1700000000:deploy:` before `b:…` is `1700000000:deploy:b:` before `…`.
    const json = JSON.parse(
      signedMessageToJson(signMessage(signer, utf8('b:x'), 1700000000, 'deploy')),
    ) as object
    const split = utf8(JSON.stringify({ ...json, message: 'eA==', context: 'deploy:b' }))
    expect(judge(split, utf8('x'))).toMatch(/colon/)
    expect(judge(split, utf8('x'), { context: 'deploy' })).toMatch(/its context is/)
    expect(judge(split, utf8('x'), { context: 'deploy:b' })).toBe(PUBLIC)
    expect(() => signMessage(signer, MESSAGE, 0, 'a:b')).toThrow('context: has a colon')
    expect(() => signPayload(signer, [MESSAGE], 'a:b')).toThrow('context: has a colon')
  })
})

describe('a context', () => {
  it('is that of zsig: BLAKE3 over the domain, it and the payload', () => {
    const hash = blake3(Buffer.concat([utf8('ZSIG_V0.5.0:deploy:'), MESSAGE]))
    const signature = signPayload(signer, [MESSAGE], 'deploy')
    expect(bytesToBareHex(signature)).toBe(bytesToBareHex(signer.sign(hash)))
  })

  it('binds: a signature holds in its own alone', () => {
    const name = fc.stringMatching(/^[a-z]{0,3}$/)
    fc.assert(
      fc.property(name, name, fc.uint8Array({ maxLength: 40 }), (made, asked, payload) => {
        const signature = signPayload(signer, [payload], made)
        expect(judge(signature, payload, { context: asked }) === PUBLIC).toBe(made === asked)
        expect(judge(signature, payload)).not.toBe(PUBLIC)
      }),
      { numRuns: 40 },
    )
  })
})

describe('a large payload', () => {
  function* endless(sizeBytes: number): Generator<Uint8Array> {
    const chunk = new Uint8Array(1 << 20)
    for (let at = 0; at < sizeBytes; at += chunk.length) yield chunk
  }

  it('has a limit where Ed25519 reads it twice, which is told before more is kept', () => {
    const sign = () => signPayload(signer, [new Uint8Array(SIGN_LIMIT_BYTES + 1)], null)
    expect(sign).toThrow(`payload: longer than ${SIGN_LIMIT_BYTES} bytes; Ed25519 reads what it signs twice`)
  })

  it('streams in a context, and wherever it is verified', () => {
    const size = 4 << 20
    const whole = new Uint8Array(size)
    const verdict = (signature: Uint8Array, context: string | null) =>
      verifySignature(readSignature(signature, 'sig'), endless(size), { keys: [key], context }).isValid
    expect(verdict(signPayload(signer, endless(size), 'c'), 'c')).toBe(true)
    expect(verdict(signer.sign(whole), null)).toBe(true)
  })
})

describe('trusted keys', () => {
  const read = (text: string) => readTrustedKeys(utf8(text), 'trusted')

  it('are read as they are written, comments aside', () => {
    const text = `${PUBLIC} alice\n${bytesToBareHex(other)} Böb the 2nd\n`
    expect(trustedKeysText(read(`# ours\n\n${text}`))).toBe(text)
    expect(read('')).toEqual([])
  })

  it.each([
    [`${PUBLIC}`, 'trusted: line 1: not 64 digits of hex'],
    [`# a\n${PUBLIC} a\n${PUBLIC.toUpperCase()} b`, 'trusted: line 3: the key is there as a'],
    [`${PUBLIC} a\n${bytesToBareHex(other)} a`, "line 2: the name a is another key's"],
    [`${PUBLIC} \u202ea`, 'line 1: a name has'],
    [`${PUBLIC} a `, 'line 1: a name has'],
    [`${'00'.repeat(32)} a`, 'line 1: the key is a point of small order'],
  ])('are refused: %#', (text, message) => {
    expect(() => read(text)).toThrow(message)
  })

  it('have names that show as they are', () => {
    expect(() => addTrustedKey([], { publicKey: hexToBytes(PUBLIC, ''), name: 'a\u001b[2J' }, 'k')).toThrow(
      'k: a name has',
    )
  })
})
