import { createMPT } from '@ethereumjs/mpt'
import { bytesOf, encodeRlp, keccak, trimmed } from './encoding.ts'

export interface Account {
  nonce: bigint
  balance: bigint
  code: Uint8Array
  storage: Map<bigint, bigint>
}

export interface Entry {
  readonly address: bigint
  readonly topics: readonly bigint[]
  readonly data: Uint8Array
}

/** All that a revert takes back. Slots go by `account key`. */
export interface World {
  accounts: Map<bigint, Account>
  warm: Set<bigint>
  warmSlots: Set<string>
  transient: Map<string, bigint>
  readonly originals: ReadonlyMap<string, bigint>
  created: Set<bigint>
  destroyed: Set<bigint>
  logs: Entry[]
  refund: bigint
}

export function emptyAccount(): Account {
  return { nonce: 0n, balance: 0n, code: new Uint8Array(0), storage: new Map() }
}

export function newWorld(accounts: ReadonlyMap<bigint, Account>): World {
  const originals = [...accounts].flatMap(([address, { storage }]) =>
    [...storage].map(([key, value]) => [`${address} ${key}`, value] as const),
  )
  return {
    accounts: copyAccounts(accounts),
    warm: new Set(),
    warmSlots: new Set(),
    transient: new Map(),
    originals: new Map(originals),
    created: new Set(),
    destroyed: new Set(),
    logs: [],
    refund: 0n,
  }
}

export function copyWorld(world: World): World {
  return {
    ...world,
    accounts: copyAccounts(world.accounts),
    warm: new Set(world.warm),
    warmSlots: new Set(world.warmSlots),
    transient: new Map(world.transient),
    created: new Set(world.created),
    destroyed: new Set(world.destroyed),
    logs: [...world.logs],
  }
}

function copyAccounts(accounts: ReadonlyMap<bigint, Account>): Map<bigint, Account> {
  const copies = [...accounts].map(
    ([address, account]) => [address, { ...account, storage: new Map(account.storage) }] as const,
  )
  return new Map(copies)
}

/** The state root: a hashed Merkle Patricia trie of accounts, each with one of its slots. Accounts without anything are not there. */
export async function rootOf(accounts: ReadonlyMap<bigint, Account>): Promise<Uint8Array> {
  const trie = await createMPT({ useKeyHashing: true })
  for (const [address, { nonce, balance, code, storage }] of accounts) {
    if (nonce === 0n && balance === 0n && code.length === 0) continue
    const slots = await createMPT({ useKeyHashing: true })
    for (const [key, value] of storage)
      if (value > 0n) await slots.put(bytesOf(key, 32), encodeRlp(trimmed(value)))
    const record = [trimmed(nonce), trimmed(balance), slots.root(), keccak(code)]
    await trie.put(bytesOf(address, 20), encodeRlp(record))
  }
  return trie.root()
}
