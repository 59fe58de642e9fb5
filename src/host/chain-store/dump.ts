import type { BlockHeader } from '../../chain/header.ts'
import { EMPTY_CODE_HASH } from '../../core/keccak.ts'
import { bigintToBytes } from '../../core/word.ts'
import { MerklePatriciaState } from '../../state/merkle-patricia.ts'
import type { TrieAccount } from '../../state/trie/account.ts'
import { ACCOUNTS_PREFIX, lastOf, slotsPrefix } from './layout.ts'
import type { ChainStore } from './store.ts'

/** An account of a state, with what of it can be read while the transaction is open. */
export interface DumpedAccount {
  readonly address: bigint
  readonly account: TrieAccount
  readonly code: Uint8Array | null
  /** Slots that are not zero, by their keys. */
  slots(): Iterable<readonly [key: bigint, value: bigint]>
}

/** The state after a block: all accounts by address, one at a time. To be used within a transaction. */
export function* dumpAccounts(store: ChainStore, { stateRoot }: BlockHeader): Generator<DumpedAccount> {
  const state = new MerklePatriciaState(store.nodes, bigintToBytes(stateRoot, 32))
  for (const key of store.pairs.keys(ACCOUNTS_PREFIX)) {
    const address = lastOf(key, 20)
    const account = state.account(address)
    // One of another block, or of another branch.
    if (account === null) continue
    const hasCode = account.codeHash !== EMPTY_CODE_HASH
    yield {
      ...{ address, account, code: hasCode ? store.codes.get(account.codeHash) : null },
      slots: () => slotsOf(store, state, address),
    }
  }
}

function* slotsOf(
  store: ChainStore,
  state: MerklePatriciaState,
  address: bigint,
): Generator<readonly [bigint, bigint]> {
  if (!state.anyStorage(address)) return
  for (const found of store.pairs.keys(slotsPrefix(address))) {
    const key = lastOf(found, 32)
    const value = state.storage(address, key)
    if (value !== 0n) yield [key, value]
  }
}
