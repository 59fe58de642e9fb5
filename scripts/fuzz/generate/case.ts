import { FORKS, forkByName } from '../../../opcodes/forks.ts'
import type { Table } from '../../../src/core/table.ts'
import type { FuzzBlock, FuzzCase, FuzzTransaction } from '../case.ts'
import { Random } from '../random.ts'
import { contractCode } from './contract.ts'
import { makeTransaction } from './transactions.ts'
import { makeAccounts, makeWorld, type World } from './world.ts'

/** Recent forks come more often: they have more rules. */
const RECENT = ['Berlin', 'London', 'Shanghai', 'Cancun', 'Prague', 'Prague', 'Osaka', 'Osaka', 'Osaka'].map(
  forkByName,
)
/** Those the peer knows: of the forks that only change the blob schedule it has the first two. */
export const FUZZED_FORKS = FORKS.filter(({ name }) => name !== 'BPO3' && name !== 'BPO4')
const BLOCK_GAS_LIMIT = 30_000_000n

/** Program `index` of a seed: the same on every machine. `fork` fixes the fork. */
export function makeCase(seed: number, index: number, fork: Table | null): FuzzCase {
  const random = new Random(seed, index)
  const anyFork = random.pick([...FUZZED_FORKS, ...RECENT])
  const table = fork ?? anyFork
  const number = BigInt(random.pick([0, 1, 5, 256, 257, 300, 1_000_000, 11_000_000]))
  const world = makeWorld(random, table, number)
  const block = makeBlock(random, world)
  const pre = makeAccounts(random, world, (contract) => contractCode(random, world, contract))
  const transactions: FuzzTransaction[] = []
  const first = pre.get(world.sender)!.nonce
  for (let i = random.oneIn(5) ? random.between(2, 3) : 1; i > 0; i--) {
    const nonce = first + BigInt(transactions.length)
    transactions.push(makeTransaction(random, { world, block, accounts: pre, nonce }))
  }
  return { fork: table.name, block, pre, transactions }
}

function makeBlock(random: Random, { table, coinbase, blockNumber, isRich }: World): FuzzBlock {
  const { rules } = table
  const isMerged = [...table.rows.values()].some(({ name }) => name === 'PREVRANDAO')
  return {
    number: blockNumber,
    timestamp: BigInt(random.between(1, 2 ** 31)),
    coinbase,
    gasLimit: isRich ? 2n ** 40n : BLOCK_GAS_LIMIT,
    difficulty: isMerged ? 0n : random.bits(40),
    prevRandao: isMerged ? random.bits(256) : 0n,
    baseFee: rules.baseFee ? BigInt(random.pick([0, 1, 7, 7, 1000])) : 0n,
    excessBlobGas: rules.blob ? BigInt(random.pick([0, 0, 131072 * 3, 20_000_000, 60_000_000])) : 0n,
  }
}
