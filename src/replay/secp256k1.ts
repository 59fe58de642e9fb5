import { createRequire } from 'node:module'
import type { Crypto } from '../core/crypto.ts'
import { bigintToBytes } from '../core/word.ts'

type Recover = Crypto['secp256k1Recover']

/** Both throw where there is no key: r or s is zero or not below the group's order, or no point has r as its x. */
type WebAssemblyLibrary = Pick<typeof import('tiny-secp256k1'), 'recover'>
interface NativeLibrary {
  ecdsaRecover(signature: Uint8Array, yParity: number, digest: Uint8Array, compressed: boolean): Uint8Array
}

/** The public key with its byte of form, of r ‖ s, 32 bytes each. */
type RecoverKey = (digest: Uint8Array, yParity: number, signature: Uint8Array) => Uint8Array | null

const MAX_INTEGER_BITS = 256n

/**
 * See `Crypto.secp256k1Recover`: by bitcoin's libsecp256k1, as secp256k1 has it in native code for the usual platforms,
 * or else as tiny-secp256k1 has it in WebAssembly: forty and eight times as fast as the default, which serves as
 * `otherwise` where neither optional dependency was installed. Loaded with the first signature.
 */
export function libsecp256k1Or(otherwise: () => Recover): Recover {
  let recover: Recover | null = null
  return (digest, yParity, r, s) => {
    if (!recover) [recover = otherwise()] = recoveries()
    return recover(digest, yParity, r, s)
  }
}

/** Those of the libraries that this platform has, the fastest first. */
export function* recoveries(): Iterable<Recover> {
  for (const load of [native, webAssembly]) {
    const recoverKey = loaded(load)
    if (recoverKey) yield recoverWith(recoverKey)
  }
}

/** Null where it is not installed or not for this platform, and on a host that forbids WebAssembly. */
function loaded(load: (require: NodeJS.Require) => RecoverKey): RecoverKey | null {
  try {
    return load(createRequire(import.meta.url))
  } catch {
    return null
  }
}

/** Not the main module, which where there is no native code computes in JavaScript. */
function native(require: NodeJS.Require): RecoverKey {
  const library = require('secp256k1/bindings.js') as NativeLibrary
  return (digest, yParity, signature) => library.ecdsaRecover(signature, yParity, digest, false)
}

/** Over a megabyte, mostly tables. */
function webAssembly(require: NodeJS.Require): RecoverKey {
  const library = require('tiny-secp256k1') as WebAssemblyLibrary
  return (digest, yParity, signature) => library.recover(digest, signature, yParity as 0 | 1, false)
}

function recoverWith(recoverKey: RecoverKey): Recover {
  const signature = new Uint8Array(64)
  return (digest, yParity, r, s) => {
    if (r >> MAX_INTEGER_BITS !== 0n || s >> MAX_INTEGER_BITS !== 0n) return null
    signature.set(bigintToBytes(r, 32))
    signature.set(bigintToBytes(s, 32), 32)
    try {
      return recoverKey(digest, yParity, signature)?.slice(1) ?? null
    } catch {
      return null
    }
  }
}
