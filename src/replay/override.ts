import type { BlockEnvironment } from '../core/host.ts'
import { Members, type Read } from '../core/members.ts'
import { codeHashOf } from '../state/memory-source.ts'
import type { AccountRecord, Miss, StateSource } from '../state/source.ts'
import { type BundlePostAccount, readPost } from './bundle.ts'
import { byAddress, quantity, readAddress, readWord } from './bundle-values.ts'

/** What is to be otherwise before the transactions that are replayed; what is left out stays. */
export interface Override {
  /** Slots that are not named stay, as do members. */
  readonly accounts: ReadonlyMap<bigint, BundlePostAccount>
  readonly block: Partial<BlockEnvironment>
}

/**
 * Reads `{"accounts": {ADDRESS: {"balance", "nonce", "code", "storage": {KEY: VALUE}}}, "block": {"number",
 * "timestamp", "coinbase", "gasLimit", "difficulty", "prevRandao", "baseFee", "blobBaseFee"}}`, each member optional,
 * numbers as 0x hex. Throws VALUE naming the member.
 */
export function readOverride(json: unknown, place: string): Override {
  const members = new Members(json, place, ': ')
  const override: Override = {
    accounts: members.optional('accounts', byAddress(readPost)) ?? new Map(),
    block: members.optional('block', readBlock) ?? {},
  }
  members.done()
  return override
}

const BLOCK_FIELDS: { readonly [F in keyof BlockEnvironment]: Read<bigint> } = {
  number: quantity(64),
  timestamp: quantity(64),
  coinbase: readAddress,
  gasLimit: quantity(64),
  difficulty: readWord,
  prevRandao: readWord,
  baseFee: readWord,
  blobBaseFee: readWord,
}

function readBlock(value: unknown, place: string): Partial<BlockEnvironment> {
  const members = new Members(value, place)
  const given = Object.entries(BLOCK_FIELDS).flatMap(([name, read]) => {
    const found = members.optional(name, read)
    return found === undefined ? [] : [[name, found]]
  })
  members.done()
  return Object.fromEntries(given)
}

/** What another source says, but for what is overridden. */
export class OverrideSource implements StateSource {
  readonly #below: StateSource
  readonly #accounts: Override['accounts']

  constructor(below: StateSource, { accounts }: Pick<Override, 'accounts'>) {
    this.#below = below
    this.#accounts = accounts
  }

  account(address: bigint): AccountRecord | null | undefined {
    const found = this.#below.account(address)
    const override = this.#accounts.get(address)
    if (found === undefined || !override) return found
    const { balance, nonce, codeHash } = found ?? {
      balance: 0n,
      nonce: 0n,
      codeHash: codeHashOf(new Uint8Array(0)),
    }
    return {
      balance: override.balance ?? balance,
      nonce: override.nonce ?? nonce,
      codeHash: override.code ? codeHashOf(override.code) : codeHash,
    }
  }

  code(address: bigint, codeHash: bigint): Uint8Array | undefined {
    return this.#accounts.get(address)?.code ?? this.#below.code(address, codeHash)
  }

  storage(address: bigint, key: bigint): bigint | undefined {
    return this.#accounts.get(address)?.storage?.get(key) ?? this.#below.storage(address, key)
  }

  anyStorage(address: bigint): boolean | undefined {
    for (const value of this.#accounts.get(address)?.storage?.values() ?? []) if (value !== 0n) return true
    return this.#below.anyStorage(address)
  }

  blockHash(number: bigint): bigint | undefined {
    return this.#below.blockHash(number)
  }

  async load(misses: readonly Miss[]): Promise<void> {
    await this.#below.load?.(misses)
  }
}
