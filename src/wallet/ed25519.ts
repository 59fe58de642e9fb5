import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'

const { Point } = ed25519
type CurvePoint = InstanceType<typeof Point>

export const KEY_BYTES = 32
export const SIGNATURE_BYTES = 64

/**
 * Why 32 bytes are no public key, in a few words; null where they are one. Strict, as RFC 8032, 5.1.3 decodes: the
 * canonical encoding of a point on the curve; and of the prime-order group without its neutral point, where every key
 * that is made by the book lies.
 */
export function publicKeyFault(publicKey: Uint8Array): string | null {
  const fault = pointFault(publicKey)
  return fault === null ? null : `the key is ${fault}`
}

function pointFault(bytes: Uint8Array): string | null {
  const point = pointOf(bytes)
  return point === null ? 'not the canonical encoding of a point on the curve' : groupFault(point)
}

function pointOf(bytes: Uint8Array): CurvePoint | null {
  try {
    return Point.fromBytes(bytes)
  } catch {
    return null
  }
}

function groupFault(point: CurvePoint): string | null {
  if (point.isSmallOrder()) return 'a point of small order'
  return point.isTorsionFree() ? null : 'a point outside the group of prime order'
}

/**
 * A signature under a key, over a message that comes in pieces: one pass, in constant memory (RFC 8032, 5.1.7). Since
 * both points must lie in the prime-order group, the equation with the cofactor and the one without agree: what holds
 * here holds for every verifier that follows the RFC.
 */
export class SignatureCheck {
  readonly #publicKey: Uint8Array
  readonly #signature: Uint8Array
  readonly #hash = sha512.create()

  /** Of 32 and 64 bytes, which may be any. */
  constructor(publicKey: Uint8Array, signature: Uint8Array) {
    this.#publicKey = publicKey
    this.#signature = signature
    this.#hash.update(signature.subarray(0, KEY_BYTES)).update(publicKey)
  }

  update(message: Uint8Array): void {
    this.#hash.update(message)
  }

  /** At the end of the message. */
  holds(): boolean {
    const r = pointOf(this.#signature.subarray(0, KEY_BYTES))
    const key = pointOf(this.#publicKey)
    const s = littleEndian(this.#signature.subarray(KEY_BYTES))
    if (!r || !key || s >= Point.Fn.ORDER) return false
    const k = Point.Fn.create(littleEndian(this.#hash.digest()))
    const isEqual = r.add(key.multiplyUnsafe(k)).equals(Point.BASE.multiplyUnsafe(s))
    // Last, since it takes as long again, and most that does not hold fails before.
    return isEqual && groupFault(r) === null && groupFault(key) === null
  }
}

/** Why no key can have made a signature, in a few words; null where one can. */
export function signatureFault(signature: Uint8Array): string | null {
  const fault = pointFault(signature.subarray(0, KEY_BYTES))
  if (fault !== null) return `its R is ${fault}`
  const isBelow = littleEndian(signature.subarray(KEY_BYTES)) < Point.Fn.ORDER
  return isBelow ? null : 'its S is not below the order of the group'
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (let at = bytes.length - 1; at >= 0; at--) value = value * 256n + BigInt(bytes[at])
  return value
}
