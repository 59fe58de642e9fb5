import { ed25519 } from '@noble/curves/ed25519.js'

/** See `Crypto.ed25519Verify`. */
export function ed25519Verify(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean {
  return ed25519.verify(signature, message, publicKey, { zip215: false })
}
