/**
 * zvm-engine: everything, with the default primitives wired in. The parts are in `zvm-engine/core`, `/evm`,
 * `/runtime`, `/assembler` and `/replay`.
 */
import { createEngine as createBareEngine, type Engine, type EngineOptions } from './chain/engine.ts'
import { defaultCrypto } from './runtime/crypto.ts'

export * from '../opcodes/index.ts'
export { applyBlock, applyBlockAsync, type BlockInput, type BlockResult } from './chain/apply-block.ts'
export { type Block, decodeBlock, encodeBlock, type Withdrawal } from './chain/block.ts'
export type { BlockRejection, BlockRejectionCode } from './chain/block-rejection.ts'
export type { BlockEffects, BlockStore, ChainBlock } from './chain/block-store.ts'
export { type CallRequest, type CallResult, executeCall } from './chain/call.ts'
export { Chain, type ChainOptions } from './chain/chain.ts'
export {
  type Engine,
  type EngineBlock,
  type EngineBlockResult,
  type EngineCall,
  type EngineLog,
  type EngineOptions,
  type EngineResult,
  type Hex,
  memoryState,
} from './chain/engine.ts'
export {
  type BlockContext,
  executeTransaction,
  executeTransactionAsync,
  type TransactionResult,
} from './chain/execute.ts'
export { type ForkId, forkIdOf } from './chain/fork-id.ts'
export {
  type Activation,
  ForkSchedule,
  type ForkScheduleFields,
  type Merge,
  scheduleByName,
} from './chain/fork-schedule.ts'
export { type Genesis, genesisHeader, readGenesis } from './chain/genesis.ts'
export { type BlockHeader, decodeHeader, headerHash } from './chain/header.ts'
export { holesky, hoodi, mainnet, NETWORKS, type Network, sepolia } from './chain/networks.ts'
export type { Rejection, RejectionCode } from './chain/rejection.ts'
export { checkSignature, recoverSender } from './chain/signature.ts'
export { newTransaction, type Transaction } from './chain/transaction.ts'
export { decodeTransaction, encodeTransaction, transactionHash } from './chain/transaction-codec.ts'
export { create2Address, createAddress, toChecksumAddress } from './core/address.ts'
export { haltMessage } from './core/halt-message.ts'
export {
  bytesToBareHex,
  bytesToHex,
  hexToBytes,
  parseAddress,
  parseQuantity,
  toFixedHex,
  toQuantity,
} from './core/hex.ts'
export {
  ADDRESS_MASK,
  bigintToBytes,
  bytesToBigint,
  MAX_UINT64,
  MAX_WORD,
  toSigned,
  toWord,
  WORD_MODULUS,
} from './core/word.ts'
export * from './core.ts'
export { defaultCrypto } from './runtime/crypto.ts'
export { MemorySource } from './state/memory-source.ts'
export { merklePatricia } from './state/merkle-patricia.ts'
export { both } from './trace/both.ts'
export { traceJson, type WriteLine } from './trace/eip3155.ts'
export { GasProfile, type ProfileLine } from './trace/gas-profile.ts'
export type { WriteText } from './trace/json-text.ts'
export { traceMarkdown } from './trace/markdown.ts'
export { toSpeedscope } from './trace/speedscope.ts'
export { type RunEnd, type Step, type StepFields, type StepSink, StepTracer } from './trace/step.ts'
export { traceStruct } from './trace/struct-text.ts'
export { createTracer, TRACER_NAMES } from './trace/tracers.ts'

/** An engine over a state. `crypto` is `defaultCrypto` unless given. */
export function createEngine(
  options: Omit<EngineOptions, 'crypto'> & Partial<Pick<EngineOptions, 'crypto'>>,
): Engine {
  return createBareEngine({ crypto: defaultCrypto, ...options })
}
