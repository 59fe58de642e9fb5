import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { hexToBytes, parseAddress, parseQuantity } from '../core/hex.ts'
import type { BlockEnvironment } from '../core/host.ts'
import type { Table } from '../core/table.ts'
import { bytesToBigint, MAX_WORD } from '../core/word.ts'
import { MemorySource } from '../state/memory-source.ts'
import { readChainConfig } from './chain-config.ts'
import { blobBaseFee } from './fees.ts'
import type { ForkSchedule } from './fork-schedule.ts'

type Json = Readonly<Record<string, unknown>>

/** A genesis file in geth's form, as far as execution needs it. */
export interface Genesis {
  readonly chainId: bigint
  /** Null where the file has no `config`. */
  readonly schedule: ForkSchedule | null
  /** The fork of the block that the file describes; null where the file has no `config`. */
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
  const schedule = genesis.config === undefined ? null : readChainConfig(genesis.config, `${place}: config`)
  const fork = chosen ?? schedule?.tableAt(number, timestamp) ?? null
  const mixHash = genesis.mixHash ?? genesis.mixhash ?? '0x'
  const blob = fork?.rules.blob
  const price = blob ? blobBaseFee(quantity('excessBlobGas', 0n), blob) : 0n
  return {
    chainId: schedule?.chainId ?? 1n,
    schedule,
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
