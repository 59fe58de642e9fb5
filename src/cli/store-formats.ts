import { CompiledContracts } from '../lite/compile/compiled-contracts.ts'
import { createFormats, type LiteFormats } from '../lite/formats.ts'
import type { StoredState } from '../state/disk/store.ts'
import { contractOf } from './contract-tag.ts'
import { tableNamed, tableOfTarget } from './target-table.ts'

/** What runs modules beside code of other targets over a state, whose tags tell one from another. */
export function formatsOver(state: StoredState): LiteFormats {
  const tables = state.settings?.tables
  const tableOf = (address: bigint) => {
    const found = contractOf(state, address)?.target
    if (found === undefined || found === 'wasm-lite') return null
    const noted = tables?.get(found)
    return noted === undefined ? tableOfTarget(found) : tableNamed(noted)
  }
  return createFormats({ tableOf, compiled: new CompiledContracts(tableNamed) })
}
