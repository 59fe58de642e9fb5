import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { concatBytes } from '../core/bytes.ts'
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
  const signature = concatBytes(bigintToBytes(r, 32), bigintToBytes(s, 32))
  const publicKey = concatBytes(Uint8Array.of(UNCOMPRESSED), bigintToBytes(x, 32), bigintToBytes(y, 32))
  return p256.verify(signature, digest, publicKey, { prehash: false, lowS: false })
}
