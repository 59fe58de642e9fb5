/**
 * zvm-engine/native: the native instruction set. `zvm` is all of it; `zvmCore` is what needs no cryptography but keccak,
 * and `nativeCrypto` the delta from there: digests, signatures, post-quantum signatures and the precompiles of Cancun,
 * all of which ask the engine's `Crypto`: `nativePrimitives` of zvm-engine/crypto has what they take. Rows of system
 * calls ask a `Runtime`; without one they are denied.
 */
export { zvmCore } from '../opcodes/zvm/core.ts'
export { HCS_CALLS, HCS_CAPABILITY, HTS_CALLS, HTS_CAPABILITY } from '../opcodes/zvm/hedera-calls.ts'
export { nativeCrypto, zvm } from '../opcodes/zvm/table.ts'
export {
  type Answer,
  deny,
  FIRST_USER_CALL,
  type Runtime,
  request,
  type SystemCall,
  type World,
} from './core/capability.ts'
export type { NativeCrypto } from './core/crypto.ts'
