import { FORKS } from '../../../opcodes/forks.ts'
import {
  type BlobParameters,
  type ForkSchedule,
  scheduleByName,
  withBlobParameters,
} from '../../chain/fork-schedule.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { type Delta, extend, type Table } from '../../core/table.ts'
import type { TransitionEnv } from './env.ts'

/** By whose rules a transition goes. */
export interface TransitionFork {
  /** A fork or a change of forks as suites name them, with numbers of EIPs beyond it: `London+3855`. */
  readonly name: string
  readonly chainId: bigint
  /** Wei for the block's miner; negative pays nobody. */
  readonly reward: bigint
  /** What blobs cost and how many there are, in the place of the fork's own. */
  readonly blobParameters?: BlobParameters | undefined
}

/** The tables of a transition's block and of its parent. Throws UNKNOWN_FORK, and BAD_TABLE where an EIP does not fit. */
export function transitionTables(fork: TransitionFork, env: TransitionEnv): { table: Table; parent: Table } {
  const [name, ...eips] = fork.name.split('+')
  const schedule = scheduleByName(name, fork.chainId)
  const parent = tableAt(schedule, env.number - 1n, env.parent.timestamp, env)
  const table = withBlobParameters(tableAt(schedule, env.number, env.timestamp, env), fork.blobParameters)
  const reward = fork.reward < 0n ? null : fork.reward
  const payment: Delta = { eip: 0, title: 'Reward of the transition', rules: { reward } }
  return { parent, table: extend(eips.reduce(withEip, table), table.name, [payment]) }
}

/** Whether a chain with a merge ahead of it has merged shows in whether the block has randomness. */
function tableAt(
  schedule: ForkSchedule,
  number: bigint,
  timestamp: bigint,
  { random }: TransitionEnv,
): Table {
  const terminal = schedule.merge?.terminalTotalDifficulty ?? 0n
  return schedule.tableAt(number, timestamp, random === null ? 0n : terminal)
}

/** The table with an EIP of a later fork; the same where it has it. */
function withEip(table: Table, number: string): Table {
  const delta = FORKS.flatMap(({ deltas }) => deltas).find(({ eip }) => eip > 0 && String(eip) === number)
  if (!delta) {
    const shown = JSON.stringify(number.slice(0, 40))
    throw new ZvmError(ERROR_CODES.unknownFork, `${table.name}+: no EIP of the forks is ${shown}`)
  }
  return table.deltas.includes(delta) ? table : extend(table, table.name, [delta])
}
