import { forkByName } from '../../../opcodes/forks.ts'
import { namedTable } from '../../../opcodes/named.ts'
import { zvm } from '../../../opcodes/zvm/table.ts'
import type { Table } from '../../../src/core/table.ts'

/** A fork, or one of our other tables, by its name. Throws UNKNOWN_FORK. */
export function tableByName(name: string): Table {
  return namedTable(name) ?? forkByName(name)
}

/** Whether a table reads the bytes of the native set: a changed one keeps its name. */
export function isNative({ name }: Table): boolean {
  return name === zvm.name
}
