import { NO_BYTES } from '../core/message.ts'
import type { AccountView, TouchedAccount, TouchedSlot } from '../core/tracer.ts'
import type { Account } from '../state/account.ts'
import type { Undo } from '../state/journal.ts'
import * as SLOT from '../state/slot-fields.ts'
import type { State } from '../state/state.ts'

/** What of an account a tracer is shown. */
type Shown = Pick<Account, 'balance' | 'nonce' | 'codeHash' | 'code'>

/**
 * The accounts that a state has met since `watch`, in the order of first access ever, with their slots that the running
 * transaction met: as they were when it began, and are now. To be asked before it ends.
 */
export function* touchedBy(state: State): Iterable<TouchedAccount> {
  const before = valuesBefore(state.journal)
  for (const account of state.met()) {
    const { address, balance, nonce, codeHash, code, destroyedIn } = account
    const now: Shown = { balance, nonce, codeHash, code }
    const isDeleted = destroyedIn === state.slots.transaction
    yield {
      address,
      before: viewOf(state, account, { ...now, ...before.get(account) }),
      after: isDeleted ? null : viewOf(state, account, now),
      slots: touchedSlots(state, account, isDeleted),
    }
  }
}

/** What accounts were before the changes in the journal: of each field that was changed, the value it had first. */
function valuesBefore(journal: readonly Undo[]): ReadonlyMap<Account, Partial<Shown>> {
  const all = new Map<Account, Partial<Shown>>()
  for (const change of journal) {
    if (typeof change === 'function') continue
    const { account, field, before } = change
    const values: Record<string, unknown> = all.get(account) ?? {}
    if (!(field in values)) values[field] = before
    all.set(account, values as Partial<Shown>)
  }
  return all
}

function viewOf(state: State, account: Account, { balance, nonce, codeHash, code }: Shown): AccountView {
  const { address } = account
  const load = () => {
    if (codeHash === account.codeHash) return state.code(address)
    const loaded = state.source.code(address, codeHash)
    if (loaded === undefined) state.misses.push({ kind: 'code', address, codeHash })
    return loaded ?? NO_BYTES
  }
  return { balance, nonce, codeHash, code: () => code ?? load() }
}

function touchedSlots(state: State, account: Account, isDeleted: boolean): TouchedSlot[] {
  const { slots } = state
  const { halves } = slots.parts.entries
  const touched: TouchedSlot[] = []
  for (const slot of state.slotsOf(account))
    if (halves[(slot + SLOT.stamp) >> 2] === slots.transaction)
      touched.push({
        key: slots.key(slot),
        before: slots.original(slot),
        after: isDeleted ? 0n : slots.current(slot),
      })
  return touched
}
