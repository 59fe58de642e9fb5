import { falcon512 } from '@noble/post-quantum/falcon.js'
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import { slh_dsa_sha2_128f } from '@noble/post-quantum/slh-dsa.js'

/** See `Crypto.mlDsaVerify`. */
export function mlDsaVerify(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean {
  return ml_dsa65.verify(signature, message, publicKey)
}

/** See `Crypto.slhDsaVerify`. */
export function slhDsaVerify(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean {
  return slh_dsa_sha2_128f.verify(signature, message, publicKey)
}

/** See `Crypto.falconVerify`. */
export function falconVerify(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean {
  return falcon512.verify(signature, message, publicKey)
}

/** See `Crypto.mlDsaPublicKey`. */
export function mlDsaPublicKey(seed: Uint8Array): Uint8Array {
  return ml_dsa65.keygen(seed).publicKey
}
