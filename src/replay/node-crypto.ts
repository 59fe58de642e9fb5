import { hash } from 'node:crypto'
import type { NativeCrypto } from '../core/crypto.ts'
import { nativePrimitives } from '../runtime/native-primitives.ts'
import { mclOr } from './mcl/curves.ts'
import { opensslModPow } from './openssl-modpow.ts'
import { libsecp256k1Or } from './secp256k1.ts'

/** The default primitives, but with what Node brings as native code and what its users have as WebAssembly. */
export const nodeCrypto: NativeCrypto = {
  ...nativePrimitives,
  ...mclOr(() => nativePrimitives),
  sha256: (data) => new Uint8Array(hash('sha256', data, 'buffer')),
  secp256k1Recover: libsecp256k1Or(() => nativePrimitives.secp256k1Recover),
  modPow: opensslModPow,
}
