/**
 * zvm-engine/core: the engine and its tiers, for a table of one's own. It runs messages over a state that is read from
 * a `StateSource`, and knows no opcode, fork, transaction or text: those are in `zvm-engine/evm` and `zvm-engine`, and
 * so are the arithmetic of words and a source in memory. No cryptography but keccak: the rest is behind `Crypto`.
 */
export * from './core/index.ts'
export type { AccountChange, AccountRecord, Miss, StateSource } from './state/source.ts'
export { State } from './state/state.ts'
export { TIERS, type TierName } from './wasm/tier-names.ts'
export { sharedTier } from './wasm/tiers.ts'
