import { createRequire } from 'node:module'
import type { Crypto } from '../core/crypto.ts'
import { bigintToBytes } from '../core/word.ts'

type Recover = Crypto['secp256k1Recover']
type Library = Pick<typeof import('tiny-secp256k1'), 'recover'>

const MAX_INTEGER_BITS = 256n

/**
 * See `Crypto.secp256k1Recover`: by bitcoin's libsecp256k1 as tiny-secp256k1 has it in WebAssembly, some six times as
 * fast as the default, which serves as `otherwise` where that optional dependency was not installed. It is over a
 * megabyte, mostly tables, so it is loaded with the first signature.
 */
export function libsecp256k1Or(otherwise: () => Recover): Recover {
  let recover: Recover | null = null
  return (digest, yParity, r, s) => {
    recover ??= loadRecover() ?? otherwise()
    return recover(digest, yParity, r, s)
  }
}

/** Null where it is not installed, and on a host that forbids WebAssembly. */
function loadRecover(): Recover | null {
  try {
    return recoverWith(createRequire(import.meta.url)('tiny-secp256k1') as Library)
  } catch {
    return null
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
