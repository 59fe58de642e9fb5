/** zvm-engine/replay: bundles of recorded transactions, run again and compared. Needs Node. */
export {
  BUNDLE_VERSION,
  type Bundle,
  type BundleAccount,
  type BundleBlock,
  type BundleChain,
  type BundleExpected,
  type BundleTransaction,
  parseBundle,
} from './bundle.ts'
export { serializeBundle } from './bundle-writer.ts'
export { nodeCrypto } from './node-crypto.ts'
export { recoverAhead } from './recover-ahead.ts'
export {
  bundleSignatures,
  type Difference,
  type ReplayedTransaction,
  type ReplayOptions,
  replayBundle,
} from './replay-bundle.ts'
