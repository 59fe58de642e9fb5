import { EMPTY_CODE_HASH } from '../core/keccak.ts'
import type { AccountChange, AccountRecord, StateSource } from '../state/source.ts'

/** A value before and after. */
export interface Pair<T> {
  readonly before: T
  readonly after: T
}

/** What became otherwise of an account; only what did is there. */
export interface AccountDiff {
  readonly address: bigint
  readonly isCreated: boolean
  readonly isDeleted: boolean
  /** In wei. */
  readonly balance?: Pair<bigint>
  readonly nonce?: Pair<bigint>
  /** keccak256 of the code as a word. */
  readonly codeHash?: Pair<bigint>
  readonly slots: readonly (Pair<bigint> & { readonly key: bigint })[]
}

const NONE: AccountRecord = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH }

/** What changes made of what a source held, by address and key; the source has loaded all that was changed. */
export function stateDiff(source: StateSource, changes: readonly AccountChange[]): AccountDiff[] {
  return changes
    .map((change) => diffOf(source, change))
    .filter((diff) => diff !== null)
    .sort((a, b) => order(a.address, b.address))
}

function diffOf(source: StateSource, { address, account, slots }: AccountChange): AccountDiff | null {
  const record = source.account(address) ?? null
  const [before, after] = [record ?? NONE, account ?? NONE]
  const changed = [...slots]
    .map(([key, value]) => ({ key, before: source.storage(address, key) ?? 0n, after: value }))
    .filter((slot) => slot.before !== slot.after)
    .sort((a, b) => order(a.key, b.key))
  const diff: AccountDiff = {
    address,
    isCreated: record === null && account !== null,
    isDeleted: record !== null && account === null,
    ...pair('balance', before, after),
    ...pair('nonce', before, after),
    ...pair('codeHash', before, after),
    slots: changed,
  }
  const isSame = Object.keys(diff).length === 4 && changed.length === 0 && !diff.isCreated && !diff.isDeleted
  return isSame ? null : diff
}

function pair(
  name: 'balance' | 'nonce' | 'codeHash',
  before: AccountRecord,
  after: AccountRecord,
): Partial<AccountDiff> {
  return before[name] === after[name] ? {} : { [name]: { before: before[name], after: after[name] } }
}

function order(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
