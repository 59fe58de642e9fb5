import { usePreparedInterpreters } from '../conform/prepared-interpreters.ts'
import type { Limits } from '../core/driver.ts'
import type { Table } from '../core/table.ts'
import type { Tier } from '../core/tier.ts'
import type { TierName } from '../wasm/tier-names.ts'
import { sharedTier } from '../wasm/tiers.ts'

/** As `sharedTier`; that of a table of ours, or of one with its rows, begins with the module built beside the bins. */
export function preparedTier(name: TierName, table: Table, limits: Limits): Tier | null {
  usePreparedInterpreters()
  return sharedTier(name, table, limits)
}
