import type { Table } from '../src/core/table.ts'
import { zevm } from './zevm.ts'
import { zvm } from './zvm/table.ts'

/** Instruction sets that go by a name and are no fork of the EVM. */
export const NAMED_TABLES: readonly Table[] = [zvm, zevm]

/** The one of that name, in any case; null where there is none. */
export function namedTable(name: string): Table | null {
  return NAMED_TABLES.find((table) => table.name === name.toLowerCase()) ?? null
}
