import type { Log } from '../core/host.ts'
import type { Account } from './account.ts'
import type { Undo } from './journal.ts'
import { type Chunks, NO_PAGES, type Pages, putPages, takeChunks, takePages } from './pages.ts'
import { PARTS, type PartName } from './slot-layout.ts'
import type { SlotTable } from './slot-table.ts'
import type { State } from './state.ts'

/** What of an account changes while a transaction runs. */
type AccountFields = Pick<
  Account,
  | ('exists' | 'nonce' | 'balance' | 'codeHash' | 'code' | 'storageOwner' | 'isStorageCleared')
  | ('isCodeChanged' | 'warmIn' | 'touchedIn' | 'createdIn' | 'destroyedIn')
>

interface KeptAccount {
  readonly account: Account
  readonly fields: AccountFields
}

/**
 * A state at a moment of the running transaction, journal and all, to which it can go back from any other moment of
 * the same transaction. What is equal in two successive ones is held once.
 */
export interface StateSnapshot {
  readonly accounts: readonly KeptAccount[]
  readonly journal: Chunks<Undo>
  readonly logs: Chunks<Log>
  readonly parts: Readonly<Record<PartName, Pages>>
}

export const NO_STATE: StateSnapshot = {
  ...{ accounts: [], journal: [], logs: [] },
  parts: { buckets: NO_PAGES, records: NO_PAGES, logs: NO_PAGES, entries: NO_PAGES },
}

/**
 * Takes a snapshot; `before` is one of the same transaction. Only of a state that is not void, that has never been
 * watched (`State.watch`: it must tell all its accounts), and whose journal undoes nothing but its own changes
 * (`Host.onRevert`), since what is beside it does not come back.
 */
export function takeState(state: State, before: StateSnapshot): StateSnapshot {
  // Before the parts: what generated code has logged is taken out of them.
  const logs = takeChunks(state.logs, before.logs)
  return {
    accounts: state.met().map((account, i) => keptAccount(account, before.accounts[i])),
    journal: takeChunks(state.journal, before.journal),
    logs,
    parts: partsOf(state.slots, before),
  }
}

function keptAccount(account: Account, before: KeptAccount | undefined): KeptAccount {
  const fields = fieldsOf(account)
  return before?.account === account && isSame(before.fields, fields) ? before : { account, fields }
}

function fieldsOf(account: Account): AccountFields {
  const { exists, nonce, balance, codeHash, code, storageOwner, isStorageCleared } = account
  const { isCodeChanged, warmIn, touchedIn, createdIn, destroyedIn } = account
  return {
    ...{ exists, nonce, balance, codeHash, code, storageOwner, isStorageCleared },
    ...{ isCodeChanged, warmIn, touchedIn, createdIn, destroyedIn },
  }
}

function isSame(a: AccountFields, b: AccountFields): boolean {
  for (const field in a) if (a[field as keyof AccountFields] !== b[field as keyof AccountFields]) return false
  return true
}

function partsOf(slots: SlotTable, before: StateSnapshot): StateSnapshot['parts'] {
  const take = (part: PartName) =>
    takePages(slots.parts[part].halves, slots.usedBytes(part) / 4, before.parts[part])
  return { buckets: take('buckets'), records: take('records'), logs: take('logs'), entries: take('entries') }
}

/** Puts the state back as it was. Its accounts stay the same objects, which the journal names. */
export function putState(state: State, { accounts, journal, logs, parts }: StateSnapshot): void {
  // To the beginning first: what has been met only since then is as its source has it.
  state.rollback()
  for (const account of state.met()) {
    account.storageOwner = 0
    // The one field whose undoing may be refused (`TOUCH_SURVIVES`).
    account.touchedIn = -1
  }
  for (const chunk of logs) for (const log of chunk) state.log(log)
  for (const { account, fields } of accounts) Object.assign(account, fields)
  state.journal.length = 0
  for (const chunk of journal) state.journal.push(...chunk)
  for (const part of PARTS) putPages(parts[part], state.slots.parts[part].halves)
  state.slots.noteRoom()
}

/** What of two snapshots is measured by: pages and lists that have to be looked through. */
export function sizeOf({ accounts, journal, parts }: StateSnapshot): number {
  const pages = PARTS.reduce((sum, part) => sum + parts[part].pages.length, 0)
  return pages + journal.length + accounts.length / 16
}
