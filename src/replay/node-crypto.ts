import { createHash } from 'node:crypto'
import type { Crypto } from '../core/crypto.ts'
import { defaultCrypto } from '../runtime/crypto.ts'

/** The default primitives with the hashes that Node brings as native code: same results, ten times the speed. */
export const nodeCrypto: Crypto = {
  ...defaultCrypto,
  sha256: (data) => new Uint8Array(createHash('sha256').update(data).digest()),
}
