import type { Account } from './account.ts'

/**
 * How to undo one change of an account, or of what is beside the state; those of slots, refund counter and log, and the order of all of them, are in
 * the `SlotTable`. Plain records, read by one `undo`: cheaper to make than closures, and what is recorded
 * can be read off the type.
 */
export type Undo =
  | { readonly kind: 'balance'; readonly account: Account; readonly before: bigint }
  | { readonly kind: 'nonce'; readonly account: Account; readonly before: bigint }
  | {
      readonly kind: 'code'
      readonly account: Account
      readonly code: Uint8Array | null
      readonly hash: bigint
      readonly isChanged: boolean
    }
  | { readonly kind: 'warmAccount'; readonly account: Account }
  | { readonly kind: 'exists'; readonly account: Account }
  | { readonly kind: 'touch'; readonly account: Account; readonly before: number }
  | {
      readonly kind: 'create'
      readonly account: Account
      readonly before: number
      readonly isCleared: boolean
      readonly owner: number
    }
  | { readonly kind: 'destroy'; readonly account: Account }
  /** A change beside the state, by whoever made it (`Host.onRevert`). */
  | { readonly kind: 'other'; readonly undo: () => void }

/**
 * RIPEMD-160 at 0x03: a touch of it outlives a revert. In block 2,675,119 of mainnet a call to it ran out of gas, and
 * the empty account was cleared all the same; every client keeps that (EIP-161, EIP-716).
 */
const TOUCH_SURVIVES = 3n

/** Takes back a change. */
export function undo(change: Undo): void {
  if (change.kind === 'other') {
    change.undo()
    return
  }
  const { account } = change
  switch (change.kind) {
    case 'balance':
      account.balance = change.before
      break
    case 'nonce':
      account.nonce = change.before
      break
    case 'code':
      account.code = change.code
      account.codeHash = change.hash
      account.isCodeChanged = change.isChanged
      break
    case 'warmAccount':
      account.warmIn = -1
      break
    case 'exists':
      account.exists = false
      break
    case 'touch':
      if (account.address !== TOUCH_SURVIVES) account.touchedIn = change.before
      break
    case 'create':
      account.createdIn = change.before
      account.isStorageCleared = change.isCleared
      account.storageOwner = change.owner
      break
    case 'destroy':
      account.destroyedIn = -1
      break
  }
}
