import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToBareHex } from '../core/hex.ts'

/** The digests a ledger is made of. Injected, so that a host can bring native code. */
export interface Digests {
  /** SHA-256, 32 bytes. */
  sha256(data: Uint8Array): Uint8Array
  /** The same of the UTF-8 of a text, or of bytes, in lower-case hex. */
  sha256Hex(data: string | Uint8Array): string
  /** HMAC-SHA256 (RFC 2104) by one key, 32 bytes. */
  hmac(key: Uint8Array): (data: Uint8Array) => Uint8Array
}

/** The same in TypeScript. */
export const plainDigests: Digests = Object.freeze({
  sha256,
  sha256Hex: (data: string | Uint8Array) =>
    bytesToBareHex(sha256(typeof data === 'string' ? new TextEncoder().encode(data) : data)),
  hmac(key: Uint8Array) {
    const keyed = hmac.create(sha256, key)
    return (data: Uint8Array) => keyed.clone().update(data).digest()
  },
})
