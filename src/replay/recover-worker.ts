import type { Signed } from '../chain/signature.ts'
import { nodeCrypto } from './node-crypto.ts'

/** The public keys of signatures, null where there is none: what a worker of `recoverAhead` runs. */
export function recoverAll(signed: readonly Signed[]): (Uint8Array | null)[] {
  return signed.map(({ digest, yParity, r, s }) => nodeCrypto.secp256k1Recover(digest, yParity, r, s))
}
