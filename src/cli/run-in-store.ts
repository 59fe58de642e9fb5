import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { WritablePairs } from '../state/disk/database.ts'
import { chainIdOf, storeFormats, storeTable, withStore } from './contract-store.ts'
import type { Arguments } from './main.ts'
import { alone } from './recorded-runtime.ts'
import type { Ended } from './run.ts'
import { type Execute, runOver } from './run-over.ts'
import type { ReceiptTaker } from './run-receipt.ts'
import type { RunSetup } from './run-setup.ts'
import { bareTarget } from './table.ts'

/** What takes the state from memory, or runs more than once. */
const NOT_WITH_STORE = ['dump', 'bench', 'replay']

/**
 * Runs code over the state of a store. As `--prestate` does, it puts the code at the receiver; the accounts of a
 * genesis file go into a store that is new. What a run that succeeded changed is kept, and nothing of another.
 */
export function runInStore(
  args: Arguments,
  setup: RunSetup,
  taker: ReceiptTaker | null,
  execute: Execute,
  settle: (ended: Ended) => void,
): Promise<Ended> {
  for (const option of NOT_WITH_STORE)
    if (args[option]) throw new ZvmError(ERROR_CODES.usage, `--${option} and --db exclude each other`)
  return withStore(args, 'create', async (store) => {
    const settings = store.read((state) => state.settings)
    const { container, recorded } = setup
    const target = container?.target ?? bareTarget(args)
    const isNoted = settings !== null || target === 'wasm-lite'
    const table = isNoted ? await storeTable(args, target, settings) : setup.table
    const formatsOver = await storeFormats(store, target)
    const chainId = settings ? chainIdOf(args, settings) : setup.env.chainId
    const ground = { folder: String(args.db), target, table, chainId, formatsOver }
    let beneath: WritablePairs
    const update = () =>
      store.update(
        (stored) => {
          if (stored.settings !== null && args.prestate !== undefined)
            throw new ZvmError(
              ERROR_CODES.usage,
              '--prestate: the store has a state; a new one can begin with it',
            )
          const ended = runOver(beneath, ground, setup, taker, execute)
          if (ended.result.status === 'success') recorded?.ledger?.noteIn(stored)
          return ended
        },
        (ended) => {
          taker?.write()
          settle(ended)
        },
        (pairs) => {
          beneath = pairs
          return pairs
        },
      )
    return alone(recorded, update)
  })
}
