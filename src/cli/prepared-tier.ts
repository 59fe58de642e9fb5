import { readFileSync } from 'node:fs'
import { FORKS } from '../../opcodes/forks.ts'
import { NAMED_TABLES } from '../../opcodes/named.ts'
import type { Limits } from '../core/driver.ts'
import type { Table } from '../core/table.ts'
import type { Tier } from '../core/tier.ts'
import { prepareInterpreter } from '../wasm/prepared.ts'
import type { TierName } from '../wasm/tier-names.ts'
import { sharedTier } from '../wasm/tiers.ts'

/** As `sharedTier`; that of a table of ours, or of one with its rows, begins with the module built beside the bins. */
export function preparedTier(name: TierName, table: Table, limits: Limits): Tier | null {
  const known = [...FORKS, ...NAMED_TABLES].find(({ rows }) => rows === table.rows)
  if (known)
    prepareInterpreter(table, () => read(new URL(`./interpreters/${known.name}.wasm`, import.meta.url)))
  return sharedTier(name, table, limits)
}

/** Null where it is not there: it is written anew then. */
function read(place: URL): Uint8Array | null {
  try {
    return readFileSync(place)
  } catch {
    return null
  }
}
