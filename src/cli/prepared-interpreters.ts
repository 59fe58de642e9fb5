import { readFileSync } from 'node:fs'
import { FORKS } from '../../opcodes/forks.ts'
import { NAMED_TABLES } from '../../opcodes/named.ts'
import type { Table } from '../core/table.ts'
import { prepareInterpreter } from '../wasm/prepared.ts'

/** Lets the generated tier of a table of ours, or of one with its rows, begin with the module built beside the bins. */
export function usePreparedInterpreter(table: Table): void {
  const fork = [...FORKS, ...NAMED_TABLES].find(({ rows }) => rows === table.rows)
  if (fork)
    prepareInterpreter(table, () => read(new URL(`./interpreters/${fork.name}.wasm`, import.meta.url)))
}

/** Null where it is not there: it is written anew then. */
function read(place: URL): Uint8Array | null {
  try {
    return readFileSync(place)
  } catch {
    return null
  }
}
