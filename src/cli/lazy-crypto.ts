import { createRequire } from 'node:module'
import type { NativeCrypto } from '../core/crypto.ts'
import { keccak256 } from '../core/keccak.ts'
import { mclOr } from '../replay/mcl/curves.ts'
import { libsecp256k1Or } from '../replay/secp256k1.ts'

let loaded: NativeCrypto | null = null

/** The module is beside the bins (scripts/build.ts), all of them CommonJS: only that loads without a promise. */
function load(): NativeCrypto {
  const path = './node-crypto.js'
  loaded ??= (createRequire(import.meta.url)(path) as typeof import('../replay/node-crypto.ts')).nodeCrypto
  return loaded
}

/** What is at hand without the libraries of the default primitives, or needs them only where an optional one is missing. */
const own = {
  keccak256,
  ...mclOr(load),
  secp256k1Recover: libsecp256k1Or(() => load().secp256k1Recover),
}

/**
 * `nodeCrypto`, loaded when the first primitive is asked for that is not at hand: a program that calls no precompile
 * starts 40 ms sooner without the curves. Works only in a bundled bin.
 */
export const lazyCrypto: NativeCrypto = new Proxy(own as NativeCrypto, {
  // A promise asks what it is given for its `then`.
  get: (_, name) => (name in own || name === 'then' ? own : load())[name as keyof typeof own],
  has: (_, name) => name in own || name in load(),
})
