import type { Table } from '../core/table.ts'
import type { Target } from '../runtime/container.ts'
import type { WritablePairs } from '../state/disk/database.ts'
import { DraftPairs } from '../state/disk/draft.ts'
import { ChangingState } from '../state/disk/store.ts'
import type { MemorySource } from '../state/memory-source.ts'
import { State } from '../state/state.ts'
import { testBlockHash } from '../state/test-block-hash.ts'
import { type FormatsOver, keep, refuseUnfit, sourceFor } from './contract-store.ts'
import { declaredAt, tagOf } from './contract-tag.ts'
import { addressOfNext } from './creation.ts'
import type { Ended } from './run.ts'
import type { ReceiptTaker } from './run-receipt.ts'
import type { RunSetup } from './run-setup.ts'

/** Runs what was set up over states that begin alike, as often as it takes. */
export type Execute = (setup: RunSetup, newState: () => State) => Ended

/** What code runs by over the pairs of a store. */
export interface Ground {
  /** What messages call the store. */
  readonly folder: string
  readonly target: Target
  readonly table: Table
  readonly chainId: bigint
  readonly formatsOver: FormatsOver | null
}

/**
 * Runs code over the state in pairs of a store. It is put at the receiver before, which is no part of the run: the state
 * that a receipt begins with has it. What both changed is in the pairs if the run succeeds, and nothing else.
 */
export function runOver(
  pairs: WritablePairs,
  { folder, target, table, chainId, formatsOver }: Ground,
  setup: RunSetup,
  taker: ReceiptTaker | null,
  execute: Execute,
): Ended {
  const { container, source, request, recorded } = setup
  const draft = new DraftPairs(pairs)
  const opening = { folder, blockHash: testBlockHash }
  const tag = tagOf(target, container?.abiJson)
  const placed = new ChangingState(draft, opening)
  refuseUnfit(placed, target, table, chainId)
  const before = formatsOver?.(placed) ?? null
  const state = place(new State(sourceFor(placed, target, before)), source, placed.settings === null)
  const terms = { target, table, chainId }
  keep(placed, state, { ...terms, formats: before }, new Map(request.to === null ? [] : [[request.to, tag]]))
  const stored = new ChangingState(taker?.watch(draft) ?? draft, opening)
  const formats = formatsOver?.(stored) ?? null
  const fitted = { ...setup, table, formats, env: { ...setup.env, chainId } }
  const created = request.to === null ? addressOfNext(stored, request.caller) : null
  const capabilities = container?.abi?.capabilities ?? []
  setup.declares.at = (address) => (address === created ? capabilities : declaredAt(stored, address))
  taker?.begin(stored, {
    request,
    creates: request.to === null ? { capabilities, constructorCall: null } : null,
  })
  const ended = execute(fitted, () => new State(sourceFor(stored, target, formats)))
  const { result } = ended
  if (result.status !== 'success') return ended
  keep(
    stored,
    ended.state,
    { ...terms, formats },
    new Map(result.contractAddress === null ? [] : [[result.contractAddress, tag]]),
  )
  if (recorded) taker?.take(result, { ...fitted, target, recorded })
  draft.commit()
  return ended
}

/** Puts the code that was given into a state, and all else of its accounts where that is the first there is. */
function place(state: State, source: MemorySource, isFirst: boolean): State {
  state.beginTransaction()
  for (const [address, { nonce, balance, code, storage }] of source.accounts) {
    if (code.length > 0) state.setCode(address, code)
    if (!isFirst) continue
    state.setNonce(address, nonce)
    state.setBalance(address, balance)
    for (const [key, value] of storage) state.setStorage(address, key, value)
  }
  state.endTransaction(false)
  return state
}
