import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { MemorySource } from '../state/memory-source.ts'
import { State } from '../state/state.ts'
import {
  chainIdOf,
  keep,
  refuseUnfit,
  sourceFor,
  storeFormats,
  storeTable,
  tagOf,
  withStore,
} from './contract-store.ts'
import type { Arguments } from './main.ts'
import { alone } from './recorded-runtime.ts'
import type { Ended } from './run.ts'
import type { RunSetup } from './run-setup.ts'
import { bareTarget } from './table.ts'

/** What takes the state from memory, or runs more than once. */
const NOT_WITH_STORE = ['dump', 'bench', 'replay', 'receipt']

/**
 * Runs code over the state of a store. As `--prestate` does, it puts the code at the receiver; the accounts of a
 * genesis file go into a store that is new. What a run that succeeded changed is kept, and nothing of another.
 */
export function runInStore(
  args: Arguments,
  setup: RunSetup,
  execute: (setup: RunSetup, newState: () => State) => Ended,
  settle: (ended: Ended) => void,
): Promise<Ended> {
  for (const option of NOT_WITH_STORE)
    if (args[option]) throw new ZvmError(ERROR_CODES.usage, `--${option} and --db exclude each other`)
  return withStore(args, 'create', async (store) => {
    const settings = store.read((state) => state.settings)
    const { container, source, request } = setup
    const target = container?.target ?? bareTarget(args)
    const isNoted = settings !== null || target === 'wasm-lite'
    const table = isNoted ? await storeTable(args, target, settings) : setup.table
    const formats = await storeFormats(store, target)
    const chainId = settings ? chainIdOf(args, settings) : setup.env.chainId
    const update = () =>
      store.update((stored) => {
        refuseUnfit(stored, target, table, chainId)
        const isNew = stored.settings === null
        if (!isNew && args.prestate !== undefined)
          throw new ZvmError(
            ERROR_CODES.usage,
            '--prestate: the store has a state; a new one can begin with it',
          )
        const newState = () => place(new State(sourceFor(stored, target, formats)), source, isNew)
        const ended = execute({ ...setup, table, formats, env: { ...setup.env, chainId } }, newState)
        const { result, state } = ended
        if (result.status !== 'success') return ended
        if (request.to === null) state.setNonce(request.caller, state.nonce(request.caller) + 1n)
        const created = result.contractAddress ?? request.to
        const tag = tagOf(target, container?.abiJson)
        const tags = new Map(created === null ? [] : [[created, tag]])
        keep(stored, state, { target, table, chainId, formats }, tags)
        setup.recorded?.ledger?.noteIn(stored)
        return ended
      }, settle)
    return alone(setup.recorded, update)
  })
}

/** Puts the code that was given into a state, and all else of its accounts where that is the first there is. */
export function place(state: State, source: MemorySource, isFirst: boolean): State {
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
