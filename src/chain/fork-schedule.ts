import { daoDrain, daoExtraData } from '../../opcodes/eips/eip779.ts'
import { forkByName } from '../../opcodes/forks.ts'
import type { BlobSchedule } from '../core/rules.ts'
import { extend, type Table } from '../core/table.ts'

/** A fork and the block number, or the time in seconds, from which it is in force. */
export type Activation =
  | { readonly table: Table; readonly block: bigint }
  | { readonly table: Table; readonly time: bigint }

/** How a chain went over to proof of stake (EIP-3675). */
export interface Merge {
  readonly table: Table
  /** A block whose parent's total difficulty reaches this has no proof of work. Null where only the block counts. */
  readonly terminalTotalDifficulty: bigint | null
  /** The first block without, where it is known. */
  readonly block: bigint | null
}

/** When the rules of a chain change. */
export interface ForkScheduleFields {
  readonly chainId: bigint
  /** Oldest first, without the merge where that is given on its own. */
  readonly activations: readonly Activation[]
  /** Null where the chain has no proof of work from its first block on, or keeps it. */
  readonly merge?: Merge | null
  /** Block that moves the funds of the DAO. */
  readonly daoBlock?: bigint | null
  /** Block that counts in the fork id though no rule changes there: geth's `mergeNetsplitBlock`. */
  readonly netsplitBlock?: bigint | null
  /** Address of the contract whose deposits are requests (EIP-6110), where it is not that of the main network. */
  readonly depositContract?: bigint | null
}

/** Which fork's rules hold in which block of a chain. */
export class ForkSchedule implements ForkScheduleFields {
  readonly chainId: bigint
  readonly activations: readonly Activation[]
  readonly merge: Merge | null
  readonly daoBlock: bigint | null
  readonly netsplitBlock: bigint | null
  readonly depositContract: bigint | null
  private readonly ownTables = new Map<Table, Table>()

  constructor(fields: ForkScheduleFields) {
    this.chainId = fields.chainId
    this.activations = fields.activations
    this.merge = fields.merge ?? null
    this.daoBlock = fields.daoBlock ?? null
    this.netsplitBlock = fields.netsplitBlock ?? null
    this.depositContract = fields.depositContract ?? null
  }

  /**
   * The table of the block with this number and time in seconds. `parentTotalDifficulty` decides whether the chain has
   * merged; without it, the first merged block does where that is known, or else a later fork that is in force.
   */
  tableAt(number: bigint, timestamp: bigint, parentTotalDifficulty: bigint | null = null): Table {
    const table = this.withDepositContract(this.forkAt(number, timestamp, parentTotalDifficulty))
    const sinceDao = this.daoBlock === null ? -1n : number - this.daoBlock
    return sinceDao >= 0n && sinceDao < DAO_BLOCKS ? daoTable(table, sinceDao === 0n) : table
  }

  private withDepositContract(table: Table): Table {
    const { depositContract } = this
    const before = table.rules.requests?.depositContract ?? null
    if (depositContract === null || before === null || before === depositContract) return table
    const known = this.ownTables.get(table)
    if (known) return known
    const rules = { requests: { depositContract } }
    const own = extend(table, table.name, [{ eip: 6110, title: 'Deposit contract of the chain', rules }])
    this.ownTables.set(table, own)
    return own
  }

  private forkAt(number: bigint, timestamp: bigint, parentTotalDifficulty: bigint | null): Table {
    const merged = this.isMergedAt(number, parentTotalDifficulty)
    const latest = this.activations.findLast((fork) =>
      'block' in fork ? fork.block <= number : fork.time <= timestamp && merged !== false,
    )
    if (merged && !(latest && 'time' in latest)) return this.merge!.table
    return latest?.table ?? this.activations[0].table
  }

  /**
   * The schedule with blob parameters of a chain's own (EIP-7840) by the lower-case name of the fork that brings them.
   * A fork that has none keeps those before it.
   */
  withBlobParameters(byFork: ReadonlyMap<string, BlobParameters>): ForkSchedule {
    let current: BlobParameters | undefined
    const activations = this.activations.map((fork) => {
      current = byFork.get(fork.table.name.toLowerCase()) ?? current
      return { ...fork, table: withBlobParameters(fork.table, current) }
    })
    return new ForkSchedule({ ...this, activations })
  }

  /** Whether the merge is behind this block; null where that cannot be told. */
  private isMergedAt(number: bigint, parentTotalDifficulty: bigint | null): boolean | null {
    if (this.merge === null) return null
    const { terminalTotalDifficulty, block } = this.merge
    if (parentTotalDifficulty !== null && terminalTotalDifficulty !== null)
      return parentTotalDifficulty >= terminalTotalDifficulty
    return block === null ? null : block <= number
  }
}

/** Blocks whose extra data tells which way they went (EIP-779). */
const DAO_BLOCKS = 10n

/** The rules of the DAO fork's blocks, the first of which moves the funds. */
function daoTable(table: Table, isFirst: boolean): Table {
  return extend(table, table.name, isFirst ? [daoExtraData, daoDrain] : [daoExtraData])
}

/** What a blob schedule states of a fork. */
export type BlobParameters = Pick<BlobSchedule, 'target' | 'max' | 'updateFraction'>

/** The same table where it has these parameters, or no blobs at all. */
export function withBlobParameters(table: Table, parameters: BlobParameters | undefined): Table {
  const { blob } = table.rules
  if (!blob || !parameters) return table
  const { target, max, updateFraction } = parameters
  if (blob.target === target && blob.max === max && blob.updateFraction === updateFraction) return table
  const rules = { blob: { target, max, updateFraction } }
  return extend(table, table.name, [{ eip: 7840, title: 'Blob schedule of the chain', rules }])
}

/** `FrontierToHomesteadAt5`, `ParisToShanghaiAtTime15k`, `ArrowGlacierToParisAtDiffC0000`. */
const TRANSITION = /^(\w+?)To(\w+)At(?:Time(\d+)(k?)|Diff([0-9A-F]+)|(\d+))$/

/**
 * The schedule that the public suites mean by a name: that of a fork, in force from the first block, or of a change of
 * forks at a block, a time in (thousands of) seconds or a total difficulty in hex. Throws UNKNOWN_FORK.
 */
export function scheduleByName(name: string, chainId = 1n): ForkSchedule {
  const transition = TRANSITION.exec(name)
  if (!transition) return new ForkSchedule({ chainId, activations: [{ table: forkByName(name), block: 0n }] })
  const [, from, to, seconds, thousand, difficulty, block] = transition
  const first = { table: forkByName(from), block: 0n }
  if (to === 'Dao' && block)
    return new ForkSchedule({ chainId, activations: [first], daoBlock: BigInt(block) })
  const table = forkByName(to)
  if (block) return new ForkSchedule({ chainId, activations: [first, { table, block: BigInt(block) }] })
  if (seconds) {
    const time = BigInt(seconds) * (thousand ? 1000n : 1n)
    return new ForkSchedule({ chainId, activations: [first, { table, time }] })
  }
  const merge = { table, terminalTotalDifficulty: BigInt(`0x${difficulty}`), block: null }
  return new ForkSchedule({ chainId, activations: [first], merge })
}
