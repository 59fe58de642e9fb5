import type { Account } from './account.ts'

/** What of an account can change and be taken back. */
export type Journaled =
  | ('exists' | 'nonce' | 'balance' | 'code' | 'codeHash' | 'isCodeChanged')
  | ('storageOwner' | 'isStorageCleared' | 'warmIn' | 'touchedIn' | 'createdIn' | 'destroyedIn')

/**
 * One field of an account before it was changed. Changes of slots, refund counter and log, and the order of all of them,
 * are in the `SlotTable`.
 */
export interface FieldUndo {
  readonly account: Account
  readonly field: Journaled
  readonly before: Account[Journaled]
}

/** How to take back a change: of an account, or of what is beside the state, by whoever made it (`Host.onRevert`). */
export type Undo = FieldUndo | (() => void)

/**
 * RIPEMD-160 at 0x03: a touch of it outlives a revert. In block 2,675,119 of mainnet a call to it ran out of gas, and
 * the empty account was cleared all the same; every client keeps that (EIP-161, EIP-716).
 */
const TOUCH_SURVIVES = 3n

/** Takes back a change. */
export function undo(change: Undo): void {
  if (typeof change === 'function') {
    change()
    return
  }
  const { account, field, before } = change
  // What most messages change is told apart, which is faster than by name.
  if (field === 'balance') account.balance = before as bigint
  else if (field === 'warmIn') account.warmIn = before as number
  else if (field !== 'touchedIn') (account as Record<Journaled, Account[Journaled]>)[field] = before
  else if (account.address !== TOUCH_SURVIVES) account.touchedIn = before as number
}
