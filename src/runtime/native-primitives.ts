import { blake2b } from '@noble/hashes/blake2.js'
import { blake3 } from '@noble/hashes/blake3.js'
import type { NativeCrypto } from '../core/crypto.ts'
import { defaultCrypto } from './crypto.ts'
import { ed25519Verify } from './ed25519.ts'
import { falconVerify, mlDsaPublicKey, mlDsaVerify, slhDsaVerify } from './post-quantum.ts'

/** `defaultCrypto` and what the native set needs beside it: @noble/hashes, @noble/curves, @noble/post-quantum. */
export const nativePrimitives: NativeCrypto = Object.freeze({
  ...defaultCrypto,
  blake2b: (data: Uint8Array) => blake2b(data, { dkLen: 32 }),
  blake3: (data: Uint8Array) => blake3(data),
  ed25519Verify,
  mlDsaVerify,
  slhDsaVerify,
  falconVerify,
  mlDsaPublicKey,
})
