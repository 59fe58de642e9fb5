import { ed25519 } from '@noble/curves/ed25519.js'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToBareHex, hexToBytes } from '../core/hex.ts'
import type { Signer } from '../runtime/services.ts'
import { base64ToBytes } from './base64.ts'

const KEY_BYTES = 32
/** What stands before the key in DER: SPKI and PKCS#8 of Ed25519 (RFC 8410). */
const SPKI_PREFIX = '302a300506032b6570032100'
const PKCS8_PREFIX = '302e020100300506032b657004220420'

/**
 * An Ed25519 public key, 32 bytes: 64 digits of hex, SPKI PEM, or the public part of a key-pair file. Throws VALUE naming
 * the file.
 */
export function readPublicKey(text: string, place: string): Uint8Array {
  const trimmed = text.trim()
  if (/^[0-9a-fA-F]{64}$/.test(trimmed)) return hexToBytes(trimmed, place)
  const key = fromPem(trimmed, 'PUBLIC KEY', SPKI_PREFIX) ?? keyPairOf(trimmed, place)?.publicKey
  return key ?? refuse(place, 'not an Ed25519 public key: neither 64 digits of hex nor SPKI PEM')
}

/** A signer of the key in a ZSIG key-pair file or PKCS#8 PEM. Throws VALUE naming the file, never showing its content. */
export function readSigner(text: string, place: string): Signer {
  const trimmed = text.trim()
  const seed = keyPairOf(trimmed, place)?.seed ?? fromPem(trimmed, 'PRIVATE KEY', PKCS8_PREFIX)
  if (!seed) return refuse(place, 'not an Ed25519 private key: neither a ZSIG key pair nor PKCS#8 PEM')
  return Object.freeze({
    publicKey: ed25519.getPublicKey(seed),
    sign: (message: Uint8Array) => ed25519.sign(message, seed),
  })
}

const KEY_PAIR =
  /^-----BEGIN ZSIG KEYPAIR-----\r?\nPrivate: (\S+)\r?\nPublic: ([0-9a-fA-F]{64})\r?\n-----END ZSIG KEYPAIR-----$/

/** Throws VALUE where the two halves are not of one key. */
function keyPairOf(text: string, place: string): { seed: Uint8Array; publicKey: Uint8Array } | null {
  const [, secret, stated] = KEY_PAIR.exec(text) ?? []
  if (secret === undefined) return null
  const seed = base64ToBytes(secret)
  if (seed?.length !== KEY_BYTES) return refuse(place, 'its private part is not 32 bytes of base64')
  const publicKey = ed25519.getPublicKey(seed)
  if (bytesToBareHex(publicKey) !== stated.toLowerCase())
    return refuse(place, 'its public part is not that of its private part')
  return { seed, publicKey }
}

function fromPem(text: string, label: string, prefix: string): Uint8Array | null {
  const pattern = new RegExp(`^-----BEGIN ${label}-----\\s([A-Za-z0-9+/=\\s]+)-----END ${label}-----$`)
  const body = pattern.exec(text)?.[1].replace(/\s+/g, '')
  const der = body === undefined ? null : base64ToBytes(body)
  const start = prefix.length / 2
  const isKey = der?.length === start + KEY_BYTES && bytesToBareHex(der.subarray(0, start)) === prefix
  return der && isKey ? der.subarray(start) : null
}

function refuse(place: string, what: string): never {
  throw new ZvmError(ERROR_CODES.value, `${place}: ${what}`, { place })
}
