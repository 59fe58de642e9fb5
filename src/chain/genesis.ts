import { FRONTIER_RULES } from '../../opcodes/empty-table.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { hexToBytes, parseAddress, parseQuantity } from '../core/hex.ts'
import type { BlockEnvironment } from '../core/host.ts'
import { EMPTY_TRIE_ROOT } from '../core/keccak.ts'
import { NO_BYTES } from '../core/message.ts'
import type { Table } from '../core/table.ts'
import { bytesToBigint, MAX_WORD } from '../core/word.ts'
import type { Commitment } from '../state/commitment.ts'
import { MemorySource } from '../state/memory-source.ts'
import { readChainConfig } from './chain-config.ts'
import { blobBaseFee, INITIAL_BASE_FEE } from './fees.ts'
import type { ForkSchedule } from './fork-schedule.ts'
import { type BlockHeader, newHeader, withFieldsOf } from './header.ts'
import { EMPTY_REQUESTS_HASH } from './requests.ts'

type Json = Readonly<Record<string, unknown>>

/** A genesis file in geth's form. */
export interface Genesis {
  readonly chainId: bigint
  /** Null where the file has no `config`. */
  readonly schedule: ForkSchedule | null
  /** The fork of the block that the file describes; null where the file has no `config`. */
  readonly fork: Table | null
  /** What that block tells those that run in it; a field that the file leaves out is zero. */
  readonly block: BlockEnvironment
  /** Its header but for the state root, which takes long to find: see `genesisHeader`. */
  readonly header: BlockHeader
  readonly state: MemorySource
}

/** Gas limit where the file says zero, as geth has it. */
const DEFAULT_GAS_LIMIT = 4_712_388n

/**
 * Reads a genesis file of geth as `JSON.parse` gives it: `{ config?, alloc, gasLimit, difficulty, … }`. An integer beyond
 * 2^53, as a terminal total difficulty is, must be a bigint or text, since a number does not hold it. `place` is what
 * messages call it. `chosen` is a fork that counts instead of the one its `config` gives. Throws VALUE naming the member.
 */
export function readGenesis(json: unknown, place: string, chosen: Table | null = null): Genesis {
  const genesis = object(json, place)
  const isThere = (name: string) => genesis[name] !== undefined && genesis[name] !== null
  const quantity = (name: string, otherwise: bigint, bits = 256) =>
    isThere(name) ? parseQuantity(genesis[name], `${place}: ${name}`, bits) : otherwise
  const bytes = (name: string) => (isThere(name) ? hexToBytes(genesis[name], `${place}: ${name}`) : NO_BYTES)
  const number = quantity('number', 0n, 64)
  const timestamp = quantity('timestamp', 0n, 64)
  const schedule = genesis.config === undefined ? null : readChainConfig(genesis.config, `${place}: config`)
  const fork = chosen ?? schedule?.tableAt(number, timestamp) ?? null
  const rules = fork?.rules ?? FRONTIER_RULES
  const gasLimit = quantity('gasLimit', 0n, 64)
  const excessBlobGas = quantity('excessBlobGas', 0n, 64)
  const price = rules.blob ? blobBaseFee(excessBlobGas, rules.blob) : 0n
  const fields = {
    number,
    timestamp,
    coinbase: isThere('coinbase') ? parseAddress(genesis.coinbase, `${place}: coinbase`) : 0n,
    difficulty: quantity('difficulty', 0n),
  }
  const mixHash = bytesToBigint(bytes(isThere('mixHash') ? 'mixHash' : 'mixhash')) & MAX_WORD
  const header = newHeader({
    ...fields,
    gasLimit: gasLimit === 0n ? DEFAULT_GAS_LIMIT : gasLimit,
    gasUsed: quantity('gasUsed', 0n, 64),
    parentHash: quantity('parentHash', 0n),
    extraData: bytes('extraData'),
    mixHash,
    nonce: quantity('nonce', 0n, 64),
    baseFee: quantity('baseFeePerGas', INITIAL_BASE_FEE),
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: quantity('blobGasUsed', 0n, 64),
    excessBlobGas,
    parentBeaconRoot: 0n,
    requestsHash: EMPTY_REQUESTS_HASH,
  })
  return {
    chainId: schedule?.chainId ?? 1n,
    schedule,
    fork,
    block: {
      ...fields,
      gasLimit,
      prevRandao: mixHash,
      baseFee: quantity('baseFeePerGas', 0n),
      blobBaseFee: price > MAX_WORD ? MAX_WORD : price,
    },
    header: withFieldsOf(rules, header),
    state: readAlloc(genesis.alloc, `${place}: alloc`, new MemorySource()),
  }
}

/** The header of the block that a genesis file describes. */
export function genesisHeader({ header, state }: Genesis, commitment: Commitment): BlockHeader {
  return { ...header, stateRoot: bytesToBigint(state.root(commitment)) }
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
