import { CONTRACT_SCENARIOS } from './contracts.ts'
import { PRECOMPILES } from './precompiles.ts'
import type { Scenario } from './scenario.ts'
import { TRANSACTION_SCENARIOS } from './transactions.ts'

/** The scenarios whose recordings are in fixtures/bundles: our own contracts and MIT-licensed ones. */
export const COMMITTED_SCENARIOS: readonly Scenario[] = [
  ...CONTRACT_SCENARIOS,
  ...TRANSACTION_SCENARIOS,
  PRECOMPILES,
]
