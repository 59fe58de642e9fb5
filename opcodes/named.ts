import type { Table } from '../src/core/table.ts'
import type { TableName } from './table-names.ts'
import { zevm } from './zevm.ts'
import { zvm } from './zvm/table.ts'

const BY_NAME: Readonly<Record<TableName, Table>> = { zvm, zevm }

/** Instruction sets that go by a name and are no fork of the EVM. */
export const NAMED_TABLES: readonly Table[] = Object.values(BY_NAME)

/** The one of that name, in any case; null where there is none. */
export function namedTable(name: string): Table | null {
  return NAMED_TABLES.find((table) => table.name === name.toLowerCase()) ?? null
}
