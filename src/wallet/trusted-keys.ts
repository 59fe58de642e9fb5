import { bytesToBareHex, hexToBytes } from '../core/hex.ts'
import { refuseValue } from '../core/members.ts'
import { decodeUtf8 } from '../core/utf8.ts'
import { publicKeyFault } from './ed25519.ts'

/** Longest file of trusted keys, in bytes. */
export const TRUSTED_LIMIT_BYTES = 1 << 18
const KEYS_LIMIT = 1000

/** A public key that whoever keeps the file has decided to believe, and what it is called. */
export interface TrustedKey {
  readonly publicKey: Uint8Array
  readonly name: string
}

/**
 * Reads a file of trusted keys: a line a key, 64 digits of hex, a space, its name; empty lines and those that begin with #
 * say nothing. No key and no name stands twice. Throws VALUE naming the line.
 */
export function readTrustedKeys(file: Uint8Array, place: string): TrustedKey[] {
  if (file.length > TRUSTED_LIMIT_BYTES) refuseValue(place, `longer than ${TRUSTED_LIMIT_BYTES} bytes`)
  const keys: TrustedKey[] = []
  for (const [i, line] of decodeUtf8(file, place).split(/\r?\n/).entries()) {
    const at = `${place}: line ${i + 1}`
    if (line !== '' && !line.startsWith('#')) addTrustedKey(keys, readLine(line, at), at)
  }
  return keys
}

function readLine(line: string, place: string): TrustedKey {
  const [, hex, name] = /^([0-9a-fA-F]{64}) (.+)$/.exec(line) ?? []
  if (hex === undefined) return refuseValue(place, 'not 64 digits of hex, a space, and a name')
  return { publicKey: hexToBytes(hex, place), name }
}

/** Puts a key to the others. Throws VALUE where it is no key or its name none, or where either is there. */
export function addTrustedKey(keys: TrustedKey[], { publicKey, name }: TrustedKey, place: string): void {
  if (!/^[\p{L}\p{N}]([\p{L}\p{M}\p{N} ._@+-]{0,62}[\p{L}\p{M}\p{N}._@+-])?$/u.test(name))
    refuseValue(place, 'a name has at most 64 letters, digits, spaces and ._@+-, the first a letter or digit')
  const fault = publicKeyFault(publicKey)
  if (fault !== null) refuseValue(place, fault)
  const hex = bytesToBareHex(publicKey)
  const known = keys.find((key) => bytesToBareHex(key.publicKey) === hex)
  if (known) refuseValue(place, `the key is there as ${known.name}`)
  if (keys.some((key) => key.name === name)) refuseValue(place, `the name ${name} is another key's`)
  if (keys.length === KEYS_LIMIT) refuseValue(place, `more than ${KEYS_LIMIT} keys`)
  keys.push({ publicKey, name })
}

/** The text of a file of trusted keys, a line each. */
export function trustedKeysText(keys: readonly TrustedKey[]): string {
  return keys.map(({ publicKey, name }) => `${bytesToBareHex(publicKey)} ${name}\n`).join('')
}
