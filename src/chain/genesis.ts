import { forkByName } from '../../opcodes/forks.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { hexToBytes, parseAddress, parseQuantity } from '../core/hex.ts'
import type { BlockEnvironment } from '../core/host.ts'
import type { Table } from '../core/table.ts'
import { bytesToBigint, MAX_WORD } from '../core/word.ts'
import { MemorySource } from '../state/memory-source.ts'
import { blobBaseFee } from './fees.ts'

type Json = Readonly<Record<string, unknown>>

/** Members of a geth `config` that say from which block, or second, a fork is in force. Oldest first. */
const SCHEDULE: readonly (readonly [member: string, fork: string])[] = [
  ['homesteadBlock', 'Homestead'],
  ['eip150Block', 'EIP150'],
  ['eip158Block', 'EIP158'],
  ['byzantiumBlock', 'Byzantium'],
  ['constantinopleBlock', 'Constantinople'],
  ['petersburgBlock', 'ConstantinopleFix'],
  ['istanbulBlock', 'Istanbul'],
  ['berlinBlock', 'Berlin'],
  ['londonBlock', 'London'],
  ['mergeNetsplitBlock', 'Paris'],
  ['shanghaiTime', 'Shanghai'],
  ['cancunTime', 'Cancun'],
  ['pragueTime', 'Prague'],
  ['osakaTime', 'Osaka'],
  ['bpo1Time', 'BPO1'],
  ['bpo2Time', 'BPO2'],
  ['bpo3Time', 'BPO3'],
  ['bpo4Time', 'BPO4'],
]

/** A genesis file in geth's form, as far as execution needs it. */
export interface Genesis {
  readonly chainId: bigint
  /** Null where the file has no `config`. */
  readonly fork: Table | null
  readonly block: BlockEnvironment
  readonly state: MemorySource
}

/** Reads a genesis file. `chosen` is a fork that counts instead of the one its `config` gives. Throws VALUE. */
export function readGenesis(json: unknown, place: string, chosen: Table | null): Genesis {
  const genesis = object(json, place)
  const quantity = (name: string, otherwise: bigint, bits = 256) =>
    genesis[name] === undefined || genesis[name] === null
      ? otherwise
      : parseQuantity(genesis[name], `${place}: ${name}`, bits)
  const number = quantity('number', 0n, 64)
  const timestamp = quantity('timestamp', 0n, 64)
  const config = genesis.config === undefined ? null : object(genesis.config, `${place}: config`)
  const fork = chosen ?? (config && forkAt(config, `${place}: config`, number, timestamp))
  const mixHash = genesis.mixHash ?? genesis.mixhash ?? '0x'
  const blob = fork?.rules.blob
  const price = blob ? blobBaseFee(quantity('excessBlobGas', 0n), blob) : 0n
  return {
    chainId: config?.chainId === undefined ? 1n : parseQuantity(config.chainId, `${place}: config.chainId`),
    fork,
    block: {
      number,
      timestamp,
      coinbase: genesis.coinbase === undefined ? 0n : parseAddress(genesis.coinbase, `${place}: coinbase`),
      gasLimit: quantity('gasLimit', 0n, 64),
      difficulty: quantity('difficulty', 0n),
      prevRandao: bytesToBigint(hexToBytes(mixHash, `${place}: mixHash`)) & MAX_WORD,
      baseFee: quantity('baseFeePerGas', 0n),
      blobBaseFee: price > MAX_WORD ? MAX_WORD : price,
    },
    state: readAlloc(genesis.alloc, `${place}: alloc`, new MemorySource()),
  }
}

/** The latest fork that the config puts at or before this block. Throws VALUE on a member that is no number. */
export function forkAt(config: Json, place: string, number: bigint, timestamp: bigint): Table {
  let name = 'Frontier'
  for (const [member, fork] of SCHEDULE) {
    const start = config[member]
    if (start === undefined || start === null) continue
    const now = member.endsWith('Time') ? timestamp : number
    if (parseQuantity(start, `${place}.${member}`) <= now) name = fork
  }
  // A chain that merged at its first block states no block for it, but a total difficulty of zero.
  const { terminalTotalDifficulty: total } = config
  const isMerged =
    config.terminalTotalDifficultyPassed === true ||
    (total !== undefined && total !== null && parseQuantity(total, `${place}.terminalTotalDifficulty`) === 0n)
  if (name === 'London' && isMerged) name = 'Paris'
  return forkByName(name)
}

/**
 * The accounts of an `alloc` or `pre`: address → balance, nonce, code, storage, each but the address optional.
 * Puts them into `source` and gives it back. Throws VALUE naming the member.
 */
export function readAlloc(value: unknown, place: string, source: MemorySource): MemorySource {
  for (const [address, entry] of Object.entries(object(value, place))) {
    const at = `${place}.${address}`
    const account = object(entry, at)
    const storage = new Map<bigint, bigint>()
    for (const [key, word] of Object.entries(object(account.storage ?? {}, `${at}.storage`)))
      storage.set(parseQuantity(key, `${at}.storage key`), parseQuantity(word, `${at}.storage[${key}]`))
    const quantity = (name: string, bits: number) => parseQuantity(account[name] ?? 0, `${at}.${name}`, bits)
    source.set(
      parseAddress(address, at),
      quantity('nonce', 64),
      quantity('balance', 256),
      hexToBytes(account.code ?? '0x', `${at}.code`),
      storage,
    )
  }
  return source
}

function object(value: unknown, place: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ZvmError(ERROR_CODES.value, `${place}: not an object`, { place })
  return value as Json
}
