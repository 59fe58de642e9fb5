import type { Withdrawal } from '../../chain/block.ts'
import { difficultyOf } from '../../chain/difficulty.ts'
import { blobBaseFee, INITIAL_BASE_FEE, nextBaseFee, nextExcessBlobGas } from '../../chain/fees.ts'
import { EMPTY_OMMERS_HASH } from '../../chain/header.ts'
import { withdrawalReader } from '../../chain/withdrawal-json.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { parseAddress, parseQuantity } from '../../core/hex.ts'
import type { BlockEnvironment } from '../../core/host.ts'
import { arrayOf, entriesOf, Members, type Read } from '../../core/members.ts'
import type { Rules } from '../../core/rules.ts'
import { MAX_UINT64, MAX_WORD } from '../../core/word.ts'

/** An ommer, by how many blocks it is older than the block that names it. */
export interface TransitionOmmer {
  readonly delta: bigint
  readonly address: bigint
}

/** The block that a transition makes, as its input describes it. What the input leaves out is null. */
export interface TransitionEnv {
  readonly coinbase: bigint
  readonly gasLimit: bigint
  readonly number: bigint
  readonly timestamp: bigint
  readonly difficulty: bigint | null
  readonly random: bigint | null
  readonly baseFee: bigint | null
  readonly excessBlobGas: bigint | null
  readonly parentBeaconRoot: bigint | null
  readonly blockHashes: ReadonlyMap<bigint, bigint> | null
  readonly withdrawals: readonly Withdrawal[] | null
  readonly ommers: readonly TransitionOmmer[]
  readonly parent: {
    readonly timestamp: bigint
    readonly gasUsed: bigint
    readonly gasLimit: bigint
    readonly difficulty: bigint | null
    readonly baseFee: bigint | null
    readonly ommersHash: bigint | null
    readonly excessBlobGas: bigint | null
    readonly blobGasUsed: bigint | null
  }
}

/** Reads an `env`; members that say nothing of a transition are passed over, null is absence. Throws VALUE. */
export const readEnv: Read<TransitionEnv> = (value, place) => {
  const present = entriesOf(value, place).filter(([, member]) => member !== null)
  const members = new Members(Object.fromEntries(present), place)
  const optional = <T>(name: string, read: Read<T>): T | null => members.optional(name, read) ?? null
  return {
    coinbase: members.required('currentCoinbase', parseAddress),
    gasLimit: members.required('currentGasLimit', uint64),
    number: members.required('currentNumber', uint64),
    timestamp: members.required('currentTimestamp', uint64),
    difficulty: optional('currentDifficulty', parseQuantity),
    random: optional('currentRandom', parseQuantity),
    baseFee: optional('currentBaseFee', parseQuantity),
    excessBlobGas: optional('currentExcessBlobGas', uint64),
    parentBeaconRoot: optional('parentBeaconBlockRoot', parseQuantity),
    blockHashes: optional('blockHashes', readBlockHashes),
    withdrawals: optional('withdrawals', arrayOf(readWithdrawal)),
    ommers: optional('ommers', arrayOf(readOmmer)) ?? [],
    parent: {
      timestamp: optional('parentTimestamp', uint64) ?? 0n,
      gasUsed: optional('parentGasUsed', uint64) ?? 0n,
      gasLimit: optional('parentGasLimit', uint64) ?? 0n,
      difficulty: optional('parentDifficulty', parseQuantity),
      baseFee: optional('parentBaseFee', parseQuantity),
      ommersHash: optional('parentUncleHash', parseQuantity),
      excessBlobGas: optional('parentExcessBlobGas', uint64),
      blobGasUsed: optional('parentBlobGasUsed', uint64),
    },
  }
}

const uint64: Read<bigint> = (value, place) => parseQuantity(value, place, 64)

const readBlockHashes: Read<Map<bigint, bigint>> = (value, place) =>
  new Map(
    entriesOf(value, place).map(([number, hash]) => [
      uint64(number, `${place} key`),
      parseQuantity(hash, `${place}.${number}`),
    ]),
  )

const readWithdrawal = withdrawalReader(uint64, parseAddress)

/** Generations after which an ommer earns nothing more. */
const OLDEST_OMMER = 8n

const readOmmer: Read<TransitionOmmer> = (value, place) => {
  const members = new Members(value, place)
  const delta = members.required('delta', uint64)
  if (delta > OLDEST_OMMER)
    throw new ZvmError(ERROR_CODES.value, `${place}.delta: ${delta}, above ${OLDEST_OMMER}`, { place })
  return { delta, address: members.required('address', parseAddress) }
}

/** The block whole, what the input leaves out worked out from its parent. */
export interface TransitionBlock {
  readonly block: BlockEnvironment
  /** Null where the fork has none, as is the excess. */
  readonly baseFee: bigint | null
  /** Null also where nothing tells: the block then takes no blobs. */
  readonly excessBlobGas: bigint | null
}

/**
 * Works out difficulty, base fee and excess blob gas where they are not given. `rules` are the block's, `parentRules`
 * its parent's. Throws USAGE, in geth's words, on what is missing.
 */
export function completeEnv(env: TransitionEnv, rules: Rules, parentRules: Rules): TransitionBlock {
  const baseFee = rules.baseFee === null ? null : baseFeeOf(env, rules.baseFee, parentRules)
  if (rules.withdrawals !== null && env.withdrawals === null)
    refuse("Shanghai config but missing 'withdrawals' in env section")
  const difficulty = rules.difficulty === null ? checkMerged(env) : difficultyIn(env, rules.difficulty)
  if (needsBeaconRoot(rules) && env.parentBeaconRoot === null)
    refuse('post-cancun env requires parentBeaconBlockRoot to be set')
  const excessBlobGas = excessOf(env, rules)
  const price = rules.blob !== null && excessBlobGas !== null ? blobBaseFee(excessBlobGas, rules.blob) : 0n
  const { number, timestamp, coinbase, gasLimit } = env
  return {
    baseFee,
    excessBlobGas,
    block: {
      ...{ number, timestamp, coinbase, gasLimit, difficulty },
      prevRandao: env.random ?? 0n,
      baseFee: baseFee ?? 0n,
      blobBaseFee: price > MAX_WORD ? MAX_WORD : price,
    },
  }
}

function baseFeeOf(env: TransitionEnv, rules: NonNullable<Rules['baseFee']>, parentRules: Rules): bigint {
  if (env.baseFee !== null) return env.baseFee
  if (env.parent.baseFee === null || env.number === 0n)
    refuse("EIP-1559 config but missing 'parentBaseFee' in env section")
  const next = parentRules.baseFee === null ? INITIAL_BASE_FEE : nextBaseFee(env.parent, rules)
  return fitting(next, MAX_WORD, 'currentBaseFee')
}

function checkMerged({ random, difficulty }: TransitionEnv): bigint {
  if (random === null) refuse('post-merge requires currentRandom to be defined in env')
  if (difficulty !== null && difficulty !== 0n)
    refuse('post-merge difficulty must be zero (or omitted) in env')
  return 0n
}

function difficultyIn(env: TransitionEnv, rules: NonNullable<Rules['difficulty']>): bigint {
  const { number, timestamp, parent } = env
  if (env.difficulty !== null) return env.difficulty
  if (parent.difficulty === null)
    refuse('currentDifficulty was not provided, and cannot be calculated due to missing parentDifficulty')
  if (number === 0n) refuse('currentDifficulty needs to be provided for block number 0')
  if (timestamp <= parent.timestamp)
    refuse(
      `currentDifficulty cannot be calculated -- currentTime (${timestamp}) needs to be after parent time (${parent.timestamp})`,
    )
  const hasOmmers = ![null, 0n, EMPTY_OMMERS_HASH].includes(parent.ommersHash)
  const { difficulty } = parent
  const before = { number: number - 1n, timestamp: parent.timestamp, difficulty, hasOmmers }
  return fitting(difficultyOf(rules, timestamp, before), MAX_WORD, 'currentDifficulty')
}

function needsBeaconRoot({ systemCalls }: Rules): boolean {
  return Object.values(systemCalls).some(({ input }) => input === 'parent-beacon-root')
}

function excessOf({ excessBlobGas, parent }: TransitionEnv, { blob }: Rules): bigint | null {
  if (blob === null || excessBlobGas !== null) return blob && excessBlobGas
  if (parent.excessBlobGas === null || parent.blobGasUsed === null) return null
  return fitting(nextExcessBlobGas(parent, blob), MAX_UINT64, 'currentExcessBlobGas')
}

/** What follows from a parent that no chain can have may be no number of a header. */
function fitting(value: bigint, most: bigint, name: string): bigint {
  return value <= most ? value : refuse(`${name} cannot be calculated -- it is too large`)
}

function refuse(what: string): never {
  throw new ZvmError(ERROR_CODES.usage, `env: ${what}`)
}
