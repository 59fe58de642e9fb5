import { readFileSync } from 'node:fs'
import { FORKS } from '../../opcodes/forks.ts'
import { NAMED_TABLES } from '../../opcodes/named.ts'
import { prepareInterpreter } from '../wasm/prepared.ts'

/** Lets the generated tiers of our tables, and of those with the same rows, begin with the modules beside the bins. */
export function usePreparedInterpreters(): void {
  const seen = new Set<unknown>()
  for (const table of [...FORKS, ...NAMED_TABLES]) {
    if (seen.has(table.rows)) continue
    seen.add(table.rows)
    prepareInterpreter(table, () => read(new URL(`./interpreters/${table.name}.wasm`, import.meta.url)))
  }
}

/** Null where it is not there, as beside our sources: it is written anew then. */
function read(place: URL): Uint8Array | null {
  try {
    return readFileSync(place)
  } catch {
    return null
  }
}
