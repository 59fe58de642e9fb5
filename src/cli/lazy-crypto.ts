import { createRequire } from 'node:module'
import type { NativeCrypto } from '../core/crypto.ts'

let loaded: NativeCrypto | null = null

/** The module is bundled beside the bins (scripts/build.ts), as CommonJS: only that loads without a promise. */
function load(): NativeCrypto {
  const path = './node-crypto.cjs'
  loaded ??= (createRequire(import.meta.url)(path) as typeof import('../replay/node-crypto.ts')).nodeCrypto
  return loaded
}

/**
 * `nodeCrypto`, loaded when the first primitive is asked for: a program that calls no precompile starts 40 ms sooner
 * without the curves. Works only in a bundled bin.
 */
export const lazyCrypto: NativeCrypto = new Proxy({} as NativeCrypto, {
  get: (_, name) => load()[name as keyof NativeCrypto],
  has: (_, name) => name in load(),
})
