import type { Argv } from 'yargs'
import { FORKS, forkByName } from '../../opcodes/forks.ts'
import { isTableName } from '../../opcodes/table-names.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { Table } from '../core/table.ts'
import type { Target } from '../runtime/container.ts'
import { optionalPath, text } from './arguments.ts'
import { DEFAULT_FORK } from './default-fork.ts'
import type { Arguments } from './main.ts'
import { tolerateClosedPipes } from './output.ts'

/** What `--table` calls the default fork. */
const EVM = 'evm'

/** The options that choose a table. */
export function tableOptions<T>(yargs: Argv<T>): Argv<T> {
  return yargs
    .option('fork', text(`Fork: ${FORKS.map(({ name }) => name).join(', ')} (default ${DEFAULT_FORK})`))
    .option(
      'table',
      text(
        'evm, zvm, zevm, or a file with a table of your own (default: of a container its target, else evm)',
        {
          conflicts: 'fork',
        },
      ),
    ) as Argv<T>
}

/** The table they choose. Throws UNKNOWN_FORK, or what is wrong with the file. */
export async function tableOption(args: Arguments): Promise<Table> {
  return (await chosenTable(args)) ?? forkByName(DEFAULT_FORK)
}

/** The same, or null where the command line chooses none. */
export async function chosenTable(args: Arguments): Promise<Table | null> {
  const table = optionalPath(args.table, '--table')
  if (table === EVM) return forkByName(DEFAULT_FORK)
  if (table !== null) {
    tolerateClosedPipes()
    return (await import('../host/load-table.ts')).findTable(table)
  }
  return typeof args.fork === 'string' ? forkByName(args.fork) : null
}

/**
 * The table that the command line chooses for code of a target, else the target's; null where that is the EVM's and
 * any fork will do. Throws USAGE where a target that has no forks meets `--fork`.
 */
export async function tableFor(args: Arguments, target: Target | null): Promise<Table | null> {
  if (target === null || target === 'evm') return chosenTable(args)
  refuseFork(args, target)
  return (await chosenTable(args)) ?? (await import('./target-table.ts')).tableOfTarget(target)
}

/** The target of code that came in no container: the EVM, unless `--table` names the native set. */
export function bareTarget({ table }: Arguments): Target {
  return table === 'zvm' ? 'zvm' : 'evm'
}

/** Throws USAGE where `--fork` is given for a target that has none. */
export function refuseFork({ fork }: Arguments, target: Target): void {
  if (fork !== undefined && target !== 'evm')
    throw new ZvmError(ERROR_CODES.usage, `--fork: the target is ${target}, which has no forks`, { target })
}

/** Throws USAGE where one of our tables is chosen for code of a target whose bytes it does not read. */
export function refuseOtherTarget(args: Arguments, chosen: Table | null, target: Target): void {
  if (chosen === null || tableFile(args) !== null || (chosen.name === 'zvm') === (target !== 'evm')) return
  throw new ZvmError(ERROR_CODES.usage, `--table: the target is ${target}, not that of ${chosen.name}`, {
    target,
  })
}

/** The file with a user's own rows that `--table` names; null where the rows are ours. */
export function tableFile({ table }: Arguments): string | null {
  return typeof table !== 'string' || table === EVM || isTableName(table) ? null : table
}
