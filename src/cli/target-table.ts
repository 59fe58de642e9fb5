import { FORKS, forkByName } from '../../opcodes/forks.ts'
import { namedTable } from '../../opcodes/named.ts'
import { zvm } from '../../opcodes/zvm/table.ts'
import type { Table } from '../core/table.ts'
import type { Target } from '../runtime/container.ts'
import { DEFAULT_FORK } from './default-fork.ts'

/** The table that is called so, which a store notes; null for one from a user's file. */
export function tableNamed(name: string): Table | null {
  return namedTable(name) ?? FORKS.find((fork) => fork.name === name) ?? null
}

/** The table of the fork that a bundle names, which may be a set of ours. Throws UNKNOWN_FORK. */
export function tableOfFork(name: string): Table {
  return namedTable(name) ?? forkByName(name)
}

/** The table of a target. Modules are no table's code; what runs beside them is that of the native set. */
export function tableOfTarget(target: Target): Table {
  return target === 'evm' ? forkByName(DEFAULT_FORK) : zvm
}
