import { forkByName, paris } from '../../opcodes/forks.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { parseAddress, parseQuantity } from '../core/hex.ts'
import { entriesOf, Members, type Read } from '../core/members.ts'
import type { Table } from '../core/table.ts'
import { type Activation, type BlobParameters, ForkSchedule, type Merge } from './fork-schedule.ts'

/** Members of a geth `config` that say from which block a fork is in force. Oldest first. */
const BLOCK_FORKS: readonly (readonly [member: string, fork: string])[] = [
  ['homesteadBlock', 'Homestead'],
  ['eip150Block', 'EIP150'],
  ['eip158Block', 'EIP158'],
  ['byzantiumBlock', 'Byzantium'],
  ['constantinopleBlock', 'Constantinople'],
  ['petersburgBlock', 'ConstantinopleFix'],
  ['istanbulBlock', 'Istanbul'],
  ['muirGlacierBlock', 'MuirGlacier'],
  ['berlinBlock', 'Berlin'],
  ['londonBlock', 'London'],
  ['arrowGlacierBlock', 'ArrowGlacier'],
  ['grayGlacierBlock', 'GrayGlacier'],
]

/** The same for seconds. */
const TIME_FORKS: readonly (readonly [member: string, fork: string])[] = [
  ['shanghaiTime', 'Shanghai'],
  ['cancunTime', 'Cancun'],
  ['pragueTime', 'Prague'],
  ['osakaTime', 'Osaka'],
  ['bpo1Time', 'BPO1'],
  ['bpo2Time', 'BPO2'],
  ['bpo3Time', 'BPO3'],
  ['bpo4Time', 'BPO4'],
]

/**
 * The schedule that the `config` of a geth genesis file states. Forks it does not name are never in force; members
 * that are no fork's are passed over. Throws VALUE on forks out of order, on a time of one that is not known, under
 * whose rules blocks would be run wrongly, and on what is not of its form.
 */
export const readChainConfig: Read<ForkSchedule> = (value, place) => {
  const members = new Map(entriesOf(value, place))
  const read = <T>(name: string, one: Read<T>): T | null => {
    const member = members.get(name)
    return member === undefined || member === null ? null : one(member, `${place}.${name}`)
  }
  const quantity: Quantity = (name) => read(name, parseQuantity)
  for (const [name, member] of members)
    if (/Time$/.test(name) && member !== null && !TIME_FORKS.some(([known]) => known === name))
      refuse(`${place}.${name}`, 'not a fork that is known')
  const byBlock = startsOf(BLOCK_FORKS, quantity, place)
  const byTime = startsOf(TIME_FORKS, quantity, place)
  const activations: Activation[] = [
    { table: forkByName('Frontier'), block: 0n },
    ...byBlock.map(({ table, start }) => ({ table, block: start })),
    ...byTime.map(({ table, start }) => ({ table, time: start })),
  ]
  const schedule = new ForkSchedule({
    chainId: quantity('chainId') ?? 1n,
    activations,
    merge: mergeOf(
      quantity,
      members.get('terminalTotalDifficultyPassed') === true,
      byBlock.at(-1)?.start ?? 0n,
    ),
    daoBlock: members.get('daoForkSupport') === true ? quantity('daoForkBlock') : null,
    netsplitBlock: quantity('mergeNetsplitBlock'),
    depositContract: read('depositContractAddress', parseAddress),
  })
  const blobs = read('blobSchedule', readBlobSchedule)
  return blobs === null ? schedule : schedule.withBlobParameters(blobs)
}

/** The number under a name, null where there is none. */
type Quantity = (name: string) => bigint | null

interface Start {
  readonly table: Table
  readonly start: bigint
}

function startsOf(forks: typeof BLOCK_FORKS, quantity: Quantity, place: string): Start[] {
  const starts: Start[] = []
  for (const [member, fork] of forks) {
    const start = quantity(member)
    if (start === null) continue
    const before = starts.at(-1)
    if (before && start < before.start)
      refuse(`${place}.${member}`, `before that of ${before.table.name}, ${before.start}`)
    starts.push({ table: forkByName(fork), start })
  }
  return starts
}

/** A chain that merged at its first block states no block for it, but a total difficulty of zero. */
function mergeOf(quantity: Quantity, hasPassed: boolean, latestBlockFork: bigint): Merge | null {
  const terminalTotalDifficulty = quantity('terminalTotalDifficulty')
  const netsplit = quantity('mergeNetsplitBlock')
  const isFromStart = hasPassed || terminalTotalDifficulty === 0n
  const block = netsplit ?? (isFromStart ? latestBlockFork : null)
  if (block === null && terminalTotalDifficulty === null) return null
  return { table: paris, terminalTotalDifficulty, block }
}

/** Blob parameters by the name of the fork, in small letters (EIP-7840). Throws VALUE. */
export const readBlobSchedule: Read<ReadonlyMap<string, BlobParameters>> = (value, place) =>
  new Map(
    entriesOf(value, place)
      .filter(([, parameters]) => parameters !== null)
      .map(([fork, parameters]) => [fork.toLowerCase(), readBlobParameters(parameters, `${place}.${fork}`)]),
  )

/** `{target, max, baseFeeUpdateFraction}`: blobs a block, and how fast their price moves. Throws VALUE. */
export const readBlobParameters: Read<BlobParameters> = (value, place) => {
  const members = new Members(value, place)
  const integer: Read<number> = (one, at) => Number(parseQuantity(one, at, 32))
  const target = members.required('target', integer)
  const max = members.required('max', integer)
  const updateFraction = members.required('baseFeeUpdateFraction', integer)
  members.done()
  if (max === 0 || target > max) refuse(place, `max ${max} for a target of ${target}`)
  if (updateFraction === 0) refuse(`${place}.baseFeeUpdateFraction`, 'zero')
  return { target, max, updateFraction }
}

function refuse(place: string, what: string): never {
  throw new ZvmError(ERROR_CODES.value, `${place}: ${what}`, { place })
}
