import { readFileSync } from 'node:fs'
import { FORKS } from '../../opcodes/forks.ts'
import type { Table } from '../core/table.ts'
import { prepareInterpreter } from '../wasm/prepared.ts'

/** Lets the generated tier of a fork, or of a table with a fork's rows, begin with the module built beside the bins. */
export function usePreparedInterpreter(table: Table): void {
  const fork = FORKS.find(({ rows }) => rows === table.rows)
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
