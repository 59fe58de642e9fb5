import { statSync } from 'node:fs'
import { join } from 'node:path'
import { Members } from '../core/members.ts'
import { readHex, readText } from '../ledger/json.ts'
import { syncFolder } from './journal-file.ts'
import { readJsonFile } from './read-file.ts'
import { writeAtomically } from './write-file.ts'

/** There while a run is committed in two places. */
const PENDING_FILE = 'pending.json'

/** What stands in the journal uncommitted until a store of contracts has it in a note. */
export interface Pending {
  readonly contracts: string
  readonly head: string
}

export function pendingPath(folder: string): string {
  return join(folder, PENDING_FILE)
}

/** Null where there is none. */
export function readPending(folder: string): Pending | null {
  const path = pendingPath(folder)
  if (!statSync(path, { throwIfNoEntry: false })) return null
  const members = new Members(readJsonFile(path), path, ': ')
  const pending = {
    contracts: members.required('contracts', readText(4096)),
    head: members.required('head', readHex(32)),
  }
  members.done()
  return pending
}

export function writePending(folder: string, pending: Pending): void {
  writeAtomically(pendingPath(folder), JSON.stringify(pending))
  syncFolder(folder)
}
