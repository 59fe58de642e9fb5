import type { NativePrimitive } from './crypto.ts'

/** All of them. */
export const NATIVE_PRIMITIVES: readonly NativePrimitive[] = [
  ...(['blake2b', 'blake3', 'ed25519Verify'] as const),
  ...(['mlDsaVerify', 'slhDsaVerify', 'falconVerify', 'mlDsaPublicKey'] as const),
]
