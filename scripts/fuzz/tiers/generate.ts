import { FORKS } from '../../../opcodes/forks.ts'
import type { Table } from '../../../src/core/table.ts'
import type { FuzzAccount } from '../case.ts'
import { CodeWriter } from '../generate/code-writer.ts'
import type { Scope } from '../generate/scope.ts'
import { storageKey, storageValue } from '../generate/words.ts'
import type { World } from '../generate/world.ts'
import { Random } from '../random.ts'
import { allLandings, bigBlocks, noise, soup } from './bulk.ts'
import { MOST_STEPS, type TierCase, type TierRun } from './case.ts'
import { maze } from './maze.ts'
import { nativeProgram } from './native.ts'
import { deep, edge } from './stack.ts'
import { isNative } from './tables.ts'

/** Programs one after the other that share a fork, so that few tiers are there at a time. */
export const PROGRAMS_A_FORK = 256

const CONTRACTS = [0xc0de01n << 136n, 0xc0de02n << 136n, 0xc0de03n << 136n]
const USER = 0xe0a001n << 136n
/**
 * Instructions before tier auto translates: all that a case runs are some thousands, and each translation, of up to
 * four that follow each other the sooner the fewer these are, takes as long as everything else of its program.
 */
const HEATS = [2, 40, 150, 300, 600, 1000]
/** Those that take no long time. */
const PRECOMPILES = [2n, 3n, 4n]

/** The stream of forks lies apart from those of the programs. */
const FORK_STREAM = 2 ** 31

/** The fork of a program. */
export function forkOf(seed: number, index: number): Table {
  return new Random(seed, FORK_STREAM + Math.floor(index / PROGRAMS_A_FORK)).pick(FORKS)
}

/** What programs are like; the last ones are long and therefore rare. */
const KINDS = {
  ...{ maze: 60, edge: 10, deep: 8, soup: 10, noise: 4 },
  ...{ bigBlocks: 0.15, allLandings: 0.06 },
}
const WRITERS: Readonly<Record<keyof typeof KINDS, (scope: Scope) => Uint8Array>> = {
  ...{ maze, edge, deep, soup, noise, bigBlocks, allLandings },
}

/** Program `index` of a seed and the first run of it: the same on every machine, needing none before it. */
export function makeTierCase(seed: number, index: number, table: Table): TierCase {
  const random = new Random(seed, index)
  const contracts = CONTRACTS.slice(0, random.pick([1, 1, 1, 1, 1, 2, 2, 3]))
  const world: World = {
    ...{ table, blockNumber: 300n, contracts, users: [USER], precompiles: PRECOMPILES, authorities: [] },
    ...{ sender: USER, coinbase: 0xc01bn << 144n, isRich: false },
  }
  const accounts = new Map<bigint, FuzzAccount>()
  for (const contract of contracts) {
    if (isNative(table)) {
      const code = nativeProgram(random, table, [...contracts, USER])
      accounts.set(contract, { nonce: 1n, balance: 1000n, code, storage: anyStorage(random) })
      continue
    }
    const scope = newScope(random, world)
    // What is called is short.
    const kind = contract === contracts[0] ? random.weighted(KINDS) : random.pick(['maze', 'soup'] as const)
    const storage = anyStorage(random)
    accounts.set(contract, { nonce: 1n, balance: 1000n, code: WRITERS[kind](scope), storage })
  }
  const heat = random.pick(HEATS)
  const sharesTranslations = random.oneIn(3)
  return { fork: table.name, heat, sharesTranslations, accounts, runs: [firstRun(random)] }
}

function newScope(random: Random, world: World): Scope {
  const { contracts: callees } = world
  const code = new CodeWriter(world.table)
  return { random, world, code, callees, isReader: random.oneIn(8), nesting: 2, blocks: 0, loops: 0 }
}

function firstRun(random: Random): TierRun {
  return { gas: anyGas(random), steps: MOST_STEPS, slice: 0, data: calldata(random) }
}

/** Mostly what small programs need; memory far away needs more, and amounts that are held otherwise come too. */
function anyGas(random: Random): bigint {
  switch (random.weighted({ some: 60, more: 25, much: 10, edge: 5 })) {
    case 'some':
      return BigInt(random.between(200, 20_000))
    case 'more':
      return BigInt(random.between(30_000, 150_000))
    case 'much':
      return BigInt(random.between(150_000, 3_000_000))
    case 'edge':
      return random.pick([30n, 31n, 32n, 52n, 53n, 62n, 63n, 64n].map((bits) => (1n << bits) - 1n))
  }
}

function calldata(random: Random): Uint8Array {
  const bytes = random.bytes(random.pick([0, 1, 32, 64, 96, random.below(200)]))
  return random.oneIn(2) ? bytes.map((byte, i) => (i % 32 < 31 ? 0 : byte & 3)) : bytes
}

function anyStorage(random: Random): Map<bigint, bigint> {
  const storage = new Map<bigint, bigint>()
  for (let i = random.below(3); i > 0; i--) storage.set(storageKey(random), storageValue(random) + 1n)
  return storage
}
