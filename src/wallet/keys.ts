import { ed25519 } from '@noble/curves/ed25519.js'
import { randomBytes } from '@noble/hashes/utils.js'
import { bytesToBareHex, hexToBytes } from '../core/hex.ts'
import { refuseValue } from '../core/members.ts'
import type { Signer } from '../runtime/services.ts'
import { asciiText } from './ascii.ts'
import { base64ToBytes, bytesToBase64 } from './base64.ts'
import { KEY_BYTES, publicKeyFault } from './ed25519.ts'

/** Longest key file, in bytes. */
export const KEY_FILE_LIMIT_BYTES = 1 << 14
/** What stands before the key in DER: SPKI and PKCS#8 of Ed25519 (RFC 8410). */
const SPKI_PREFIX = '302a300506032b6570032100'
const PKCS8_PREFIX = '302e020100300506032b657004220420'

/**
 * An Ed25519 public key, 32 bytes: 64 digits of hex, SPKI PEM, or the public part of a key-pair file. Throws VALUE naming
 * the file.
 */
export function readPublicKey(file: Uint8Array, place: string): Uint8Array {
  const text = asciiText(file) ?? ''
  const isHex = /^[0-9a-fA-F]{64}$/.test(text)
  const key = isHex ? hexToBytes(text, place) : fromPem(text, 'PUBLIC KEY', SPKI_PREFIX)
  const publicKey = key ?? keyPairOf(text, place)?.publicKey
  if (!publicKey)
    return refuseValue(place, 'not an Ed25519 public key: neither 64 digits of hex nor SPKI PEM')
  const fault = publicKeyFault(publicKey)
  return fault === null ? publicKey : refuseValue(place, fault)
}

/**
 * The private key, 32 bytes (the seed of RFC 8032), of a ZSIG key-pair file or PKCS#8 PEM. Throws VALUE naming the file,
 * never showing its content.
 */
export function readPrivateKey(file: Uint8Array, place: string): Uint8Array {
  const text = asciiText(file) ?? ''
  const seed = keyPairOf(text, place)?.seed ?? fromPem(text, 'PRIVATE KEY', PKCS8_PREFIX)
  return seed ?? refuseValue(place, 'not an Ed25519 private key: neither a ZSIG key pair nor PKCS#8 PEM')
}

/** What signs by a private key; the key itself cannot be got from it, nor shows where it is printed. */
export function signerOf(privateKey: Uint8Array): Signer {
  const seed = Uint8Array.from(privateKey)
  return Object.freeze({
    publicKey: ed25519.getPublicKey(seed),
    sign: (message: Uint8Array) => ed25519.sign(message, seed),
  })
}

/** A new private key by the system's source of randomness. */
export function generatePrivateKey(): Uint8Array {
  return randomBytes(KEY_BYTES)
}

/** The `.pub` file of a key: 64 digits of hex and a line end. */
export function publicKeyText(publicKey: Uint8Array): string {
  return `${bytesToBareHex(publicKey)}\n`
}

/** The public key as SPKI PEM, as OpenSSL writes it. */
export function publicKeyPem(publicKey: Uint8Array): string {
  return pem('PUBLIC KEY', SPKI_PREFIX, publicKey)
}

/** The `.key` file of a private key. It is secret. */
export function keyPairText(privateKey: Uint8Array): string {
  const publicHex = bytesToBareHex(ed25519.getPublicKey(privateKey))
  return `${KEY_PAIR_BEGIN}\nPrivate: ${bytesToBase64(privateKey)}\nPublic: ${publicHex}\n${KEY_PAIR_END}\n`
}

/** The private key as PKCS#8 PEM, as OpenSSL writes it. It is secret. */
export function privateKeyPem(privateKey: Uint8Array): string {
  return pem('PRIVATE KEY', PKCS8_PREFIX, privateKey)
}

const KEY_PAIR_BEGIN = '-----BEGIN ZSIG KEYPAIR-----'
const KEY_PAIR_END = '-----END ZSIG KEYPAIR-----'
const KEY_PAIR = new RegExp(
  `^${KEY_PAIR_BEGIN}\\r?\\nPrivate: ([A-Za-z0-9+/=]+)\\r?\\nPublic: ([0-9a-fA-F]{64})\\r?\\n${KEY_PAIR_END}$`,
)

/** Throws VALUE where the two halves are not of one key. */
function keyPairOf(text: string, place: string): { seed: Uint8Array; publicKey: Uint8Array } | null {
  const [, secret, stated] = KEY_PAIR.exec(text) ?? []
  if (secret === undefined) return null
  const seed = base64ToBytes(secret)
  if (seed?.length !== KEY_BYTES) return refuseValue(place, 'its private part is not 32 bytes of base64')
  const publicKey = ed25519.getPublicKey(seed)
  if (bytesToBareHex(publicKey) !== stated.toLowerCase())
    return refuseValue(place, 'its public part is not that of its private part')
  return { seed, publicKey }
}

function fromPem(text: string, label: string, prefix: string): Uint8Array | null {
  const pattern = new RegExp(`^-----BEGIN ${label}-----[\\r\\n]([A-Za-z0-9+/=\\s]+)-----END ${label}-----$`)
  const body = pattern.exec(text)?.[1].replace(/[ \t\r\n]+/g, '')
  const der = body === undefined ? null : base64ToBytes(body)
  const start = prefix.length / 2
  const isKey = der?.length === start + KEY_BYTES && bytesToBareHex(der.subarray(0, start)) === prefix
  return der && isKey ? der.subarray(start) : null
}

function pem(label: string, prefix: string, key: Uint8Array): string {
  const der = hexToBytes(prefix + bytesToBareHex(key), label)
  return `-----BEGIN ${label}-----\n${bytesToBase64(der)}\n-----END ${label}-----\n`
}
