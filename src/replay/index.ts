/** zvm-engine/replay: transactions of bundles and of nodes, run again and compared. Needs Node. */

export { type CallAbi, readCallAbi } from '../runtime/solidity-abi.ts'
export {
  BUNDLE_VERSION,
  type Bundle,
  type BundleAccount,
  type BundleBlock,
  type BundleChain,
  type BundleExpected,
  type BundlePostAccount,
  type BundleTransaction,
  parseBundle,
} from './bundle.ts'
export { serializeBundle } from './bundle-writer.ts'
export type { Difference } from './compare.ts'
export { Decoder, type Named, type NamedValue, namedText } from './decoder.ts'
export { createBundle } from './node-bundle.ts'
export { nodeCrypto } from './node-crypto.ts'
export type { NodeOutcome, PartRun, PassedOver } from './node-run.ts'
export { type Override, readOverride } from './override.ts'
export { recoverAhead } from './recover-ahead.ts'
export {
  bundleSignatures,
  type ReplayedTransaction,
  type ReplayOptions,
  replayBundle,
} from './replay-bundle.ts'
export {
  type NodeReplay,
  type NodeReplayOptions,
  type RuleSchedule,
  replayBlock,
  replayTransaction,
} from './replay-node.ts'
export { ReplayCache } from './rpc/cache.ts'
export type { RpcClient, RpcSettings, RpcTransport } from './rpc/rpc.ts'
export { type BlockId, createRpcSource, RpcChain, type RpcChainOptions } from './rpc/rpc-chain.ts'
export { type AccountDiff, stateDiff } from './state-diff.ts'
