import { EMPTY_CODE_HASH, keccak256, passingKeccak256 } from '../../src/core/keccak.ts'
import { bigintToBytes, bytesToBigint } from '../../src/core/word.ts'
import { encodeAccount } from '../../src/state/trie/account.ts'
import { EMPTY_ROOT } from '../../src/state/trie/root.ts'
import type { NodeStore } from '../../src/state/trie/store.ts'
import { Trie } from '../../src/state/trie/trie.ts'

/** An account as a trie holds it: 20 bytes of address, before they are hashed, and the encoded account. */
export type AccountEntry = readonly [address: Uint8Array, account: Uint8Array]

/** Accounts with addresses and balances that look random; always the same. */
export function randomAccounts(count: number): AccountEntry[] {
  return Array.from({ length: count }, (_, i) => {
    const seed = keccak256(bigintToBytes(BigInt(i), 32))
    return [seed.slice(0, 20), accountOf(BigInt(i % 100), bytesToBigint(seed.subarray(20, 30)))]
  })
}

/** The same accounts after a transaction of each. */
export function changedAccounts(accounts: readonly AccountEntry[]): AccountEntry[] {
  return accounts.map(([address], i) => [address, accountOf(101n, BigInt(i) * 10n ** 15n)])
}

function accountOf(nonce: bigint, balance: bigint): Uint8Array {
  return encodeAccount({ nonce, balance, storageRoot: EMPTY_ROOT, codeHash: EMPTY_CODE_HASH }).slice()
}

/** The trie with this root and these accounts put in, their addresses hashed. */
export function trieOf(store: NodeStore, accounts: readonly AccountEntry[], root?: Uint8Array): Trie {
  const trie = new Trie(store, root)
  trie.update(hashed(accounts))
  return trie
}

function* hashed(accounts: readonly AccountEntry[]): Generator<AccountEntry> {
  for (const [address, account] of accounts) yield [passingKeccak256(address), account]
}
