import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { argon2id } from '@noble/hashes/argon2.js'
import { randomBytes } from '@noble/hashes/utils.js'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToBareHex } from '../core/hex.ts'
import { parseJson } from '../core/json.ts'
import { Members, readWhole, refuseValue } from '../core/members.ts'
import { firstByte } from './ascii.ts'
import { bytesToBase64 } from './base64.ts'
import { KEY_BYTES } from './ed25519.ts'
import { base64Of, exactly, readHex32 } from './json-values.ts'
import { signerOf } from './keys.ts'

const FORMAT = 'zsig-keystore/1'
const OPEN_BRACE = 0x7b
const SALT_BYTES = 16
const NONCE_BYTES = 24
const TAG_BYTES = 16
/** Longest passphrase, in bytes of UTF-8. */
export const PASSPHRASE_LIMIT_BYTES = 1024

/** What argon2id (RFC 9106) takes: memory in KiB, passes over it, and a salt of 16 bytes. It has one lane. */
export interface Argon2Costs {
  readonly memoryKib: number
  readonly passes: number
}

/** The second recommendation of RFC 9106, in one lane: 64 MiB, and a second or two in JavaScript. */
export const DEFAULT_COSTS: Argon2Costs = { memoryKib: 1 << 16, passes: 3 }
/** What a file may ask for. Below the least, OWASP's, it would protect little; the most is 256 MiB, and five times the default's time. */
const MEMORY_KIB = { least: 19_456, most: 1 << 18 }
const WORK_KIB = { least: 2 * MEMORY_KIB.least, most: 1 << 20 }

/** A private key sealed by a passphrase, as a file holds it. */
export interface Keystore {
  readonly publicKey: Uint8Array
  readonly kdf: Argon2Costs & { readonly salt: Uint8Array }
  readonly nonce: Uint8Array
  readonly sealed: Uint8Array
}

/** Whether a key file is a keystore rather than a bare key. */
export function isKeystore(file: Uint8Array): boolean {
  return firstByte(file) === OPEN_BRACE
}

/**
 * Reads a keystore. Its costs are checked here, before anything is spent on them. Free in it is what JSON leaves open, and
 * nothing else. Throws VALUE, or JSON, naming the file.
 */
export function readKeystore(file: Uint8Array, place: string): Keystore {
  const members = new Members(parseJson(file, place, { uniqueKeys: true }), place, ': ')
  members.required('format', exactly(FORMAT))
  const keystore = {
    publicKey: members.required('public_key', readHex32),
    kdf: members.required('kdf', readKdf),
    nonce: members.required('cipher', readCipher),
    sealed: members.required('sealed', base64Of(KEY_BYTES + TAG_BYTES)),
  }
  members.done()
  return keystore
}

/** The key that seals a keystore: argon2id of the passphrase, which takes the time and memory that its costs say. */
export function deriveSealingKey({ kdf }: Pick<Keystore, 'kdf'>, passphrase: string): Uint8Array {
  const { memoryKib: m, passes: t, salt } = kdf
  return argon2id(passphraseBytes(passphrase), salt, { m, t, p: 1, dkLen: KEY_BYTES })
}

/** The private key in a keystore. Throws BAD_SIGNATURE where this is not what sealed it, or a byte is changed. */
export function openKeystore(keystore: Keystore, sealingKey: Uint8Array, place: string): Uint8Array {
  let seed: Uint8Array
  try {
    const cipher = xchacha20poly1305(sealingKey, keystore.nonce, headerBytes(keystore))
    seed = cipher.decrypt(keystore.sealed)
  } catch {
    const what = 'does not open: the passphrase is wrong, or the file was changed'
    throw new ZvmError(ERROR_CODES.badSignature, `${place}: ${what}`, { place })
  }
  if (bytesToBareHex(signerOf(seed).publicKey) !== bytesToBareHex(keystore.publicKey))
    refuseValue(place, 'its public key is not that of the private one')
  return seed
}

/** Seals a private key by a passphrase, with a new salt and nonce. Throws VALUE where there is no passphrase. */
export function sealKeystore(privateKey: Uint8Array, passphrase: string, costs = DEFAULT_COSTS): Keystore {
  const header = {
    publicKey: signerOf(privateKey).publicKey,
    kdf: { memoryKib: costs.memoryKib, passes: costs.passes, salt: randomBytes(SALT_BYTES) },
    nonce: randomBytes(NONCE_BYTES),
  }
  const cipher = xchacha20poly1305(deriveSealingKey(header, passphrase), header.nonce, headerBytes(header))
  return { ...header, sealed: cipher.encrypt(privateKey) }
}

/** The file of a keystore. */
export function keystoreToJson(keystore: Keystore): string {
  return `${JSON.stringify({ ...plainHeader(keystore), sealed: bytesToBase64(keystore.sealed) }, null, 2)}\n`
}

type Header = Omit<Keystore, 'sealed'>

/** All that is not sealed itself is bound to it: changed, the keystore does not open. */
function headerBytes(header: Header): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(plainHeader(header)))
}

function plainHeader({ publicKey, kdf, nonce }: Header) {
  const { memoryKib, passes, salt } = kdf
  const costs = { name: 'argon2id', memory_kib: memoryKib, passes, lanes: 1, salt: bytesToBase64(salt) }
  const cipher = { name: 'xchacha20-poly1305', nonce: bytesToBase64(nonce) }
  return { format: FORMAT, public_key: bytesToBareHex(publicKey), kdf: costs, cipher }
}

/** Alike however a keyboard or system composes its characters (NFKC). */
function passphraseBytes(passphrase: string): Uint8Array {
  const bytes = new TextEncoder().encode(passphrase.normalize('NFKC'))
  if (bytes.length === 0) refuseValue('passphrase', 'empty')
  if (bytes.length > PASSPHRASE_LIMIT_BYTES)
    refuseValue('passphrase', `longer than ${PASSPHRASE_LIMIT_BYTES} bytes`)
  return bytes
}

function readKdf(value: unknown, place: string): Keystore['kdf'] {
  const members = new Members(value, place)
  members.required('name', exactly('argon2id'))
  members.required('lanes', exactly(1))
  const memoryKib = members.required('memory_kib', readWhole(MEMORY_KIB.least, MEMORY_KIB.most))
  const passes = members.required('passes', readWhole(1, WORK_KIB.most))
  const salt = members.required('salt', base64Of(SALT_BYTES))
  members.done()
  const work = memoryKib * passes
  if (work < WORK_KIB.least || work > WORK_KIB.most)
    refuseValue(place, `memory_kib times passes is not within ${WORK_KIB.least} and ${WORK_KIB.most}`)
  return { memoryKib, passes, salt }
}

function readCipher(value: unknown, place: string): Uint8Array {
  const members = new Members(value, place)
  members.required('name', exactly('xchacha20-poly1305'))
  const nonce = members.required('nonce', base64Of(NONCE_BYTES))
  members.done()
  return nonce
}
