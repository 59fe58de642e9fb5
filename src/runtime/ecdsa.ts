import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bigintToBytes } from '../core/word.ts'

/** First byte of a public key in uncompressed form (SEC 1, 2.3.3). */
const UNCOMPRESSED = 4

/** See `Crypto.secp256k1Recover`. */
export function secp256k1Recover(
  digest: Uint8Array,
  yParity: number,
  r: bigint,
  s: bigint,
): Uint8Array | null {
  const n = secp256k1.Point.Fn.ORDER
  if (r <= 0n || r >= n || s <= 0n || s >= n) return null
  try {
    const signature = new secp256k1.Signature(r, s, yParity)
    return signature.recoverPublicKey(digest).toBytes(false).slice(1)
  } catch {
    // No point has r as its x, or the key would be the point at infinity.
    return null
  }
}

/** See `Crypto.p256Verify`. The four integers are below 2^256. */
export function p256Verify(digest: Uint8Array, r: bigint, s: bigint, x: bigint, y: bigint): boolean {
  const signature = join(bigintToBytes(r, 32), bigintToBytes(s, 32))
  const publicKey = join(Uint8Array.of(UNCOMPRESSED), bigintToBytes(x, 32), bigintToBytes(y, 32))
  return p256.verify(signature, digest, publicKey, { prehash: false, lowS: false })
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
