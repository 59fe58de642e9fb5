import { createRequire } from 'node:module'
import type { Crypto } from '../core/crypto.ts'
import { bigintToBytes } from '../core/word.ts'
import { defaultCrypto } from '../runtime/crypto.ts'

type Recover = Crypto['secp256k1Recover']
type Library = Pick<typeof import('tiny-secp256k1'), 'recover'>

const MAX_INTEGER_BITS = 256n

let recover: Recover | null = null

/**
 * See `Crypto.secp256k1Recover`: by bitcoin's libsecp256k1 as tiny-secp256k1 has it in WebAssembly, some six times as
 * fast as the default, which serves where that optional dependency was not installed. It is over a megabyte, mostly
 * tables, so it is loaded with the first signature.
 */
export const secp256k1Recover: Recover = (digest, yParity, r, s) => {
  recover ??= loadRecover()
  return recover(digest, yParity, r, s)
}

function loadRecover(): Recover {
  try {
    return recoverWith(createRequire(import.meta.url)('tiny-secp256k1') as Library)
  } catch {
    // Not installed, or a host that forbids WebAssembly.
    return defaultCrypto.secp256k1Recover
  }
}

function recoverWith(library: Library): Recover {
  const signature = new Uint8Array(64)
  return (digest, yParity, r, s) => {
    if (r >> MAX_INTEGER_BITS !== 0n || s >> MAX_INTEGER_BITS !== 0n) return null
    signature.set(bigintToBytes(r, 32))
    signature.set(bigintToBytes(s, 32), 32)
    try {
      const publicKey = library.recover(digest, signature, yParity as 0 | 1, false)
      return publicKey?.slice(1) ?? null
    } catch {
      // r or s is zero or not below the group's order, or no point has r as its x.
      return null
    }
  }
}
