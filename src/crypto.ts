/**
 * zvm-engine/crypto: the primitives that tables ask for, in TypeScript: those of the EVM, which an engine brings unless
 * it is given others, and those with what the native set needs beside.
 */
export type { Crypto, NativeCrypto } from './core/crypto.ts'
export { defaultCrypto } from './runtime/crypto.ts'
export { nativePrimitives } from './runtime/native-primitives.ts'
