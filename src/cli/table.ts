import type { Argv } from 'yargs'
import { FORKS, forkByName } from '../../opcodes/forks.ts'
import { findTable } from '../conform/load-table.ts'
import type { Table } from '../core/table.ts'
import { optionalPath, text } from './arguments.ts'
import type { Arguments } from './main.ts'
import { tolerateClosedPipes } from './output.ts'

/** The fork that a command works with where none is named: the latest that is final. */
const DEFAULT_FORK = 'Osaka'

/** The options that choose a table. */
export function tableOptions<T>(yargs: Argv<T>): Argv<T> {
  return yargs
    .option('fork', text(`Fork: ${FORKS.map(({ name }) => name).join(', ')} (default ${DEFAULT_FORK})`))
    .option('table', text('zvm, zevm, or a file with a table of your own', { conflicts: 'fork' })) as Argv<T>
}

/** The table they choose. Throws UNKNOWN_FORK, or what is wrong with the file. */
export async function tableOption(args: Arguments): Promise<Table> {
  return (await chosenTable(args)) ?? forkByName(DEFAULT_FORK)
}

/** The same, or null where the command line chooses none. */
export async function chosenTable(args: Arguments): Promise<Table | null> {
  const file = optionalPath(args.table, '--table')
  if (file !== null) {
    tolerateClosedPipes()
    return findTable(file)
  }
  return typeof args.fork === 'string' ? forkByName(args.fork) : null
}
