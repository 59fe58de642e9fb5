import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { hexToBytes } from '../core/hex.ts'
import { readKeyFile } from '../host/key-file.ts'
import { LedgerStore } from '../host/ledger-store.ts'
import { SettlingLedger } from '../ledger/settle.ts'
import type { ChangingState } from '../state/disk/index.ts'
import { optionalPath } from './arguments.ts'
import { newNonce, timeAfter } from './ledger-store.ts'
import type { Arguments } from './main.ts'
import type { RunFacts } from './run-bundle.ts'

/** The ledger of `--ledger`, in which the contracts of one run settle. */
export class RunLedger {
  readonly settling: SettlingLedger
  readonly #store: LedgerStore

  private constructor(store: LedgerStore, contracts: string | null) {
    this.#store = store
    const { ledger } = store
    const edge = { now: () => timeAfter(ledger), nonce: newNonce }
    this.settling = new SettlingLedger(ledger, edge, () => {
      if (contracts !== null) store.prepare(contracts)
    })
  }

  /** Null where none is named. Throws what is wrong with it. */
  static async open(args: Arguments): Promise<RunLedger | null> {
    const folder = optionalPath(args.ledger, '--ledger')
    const keyPath = optionalPath(args['ledger-key'], '--ledger-key')
    if (folder === null && keyPath !== null)
      throw new ZvmError(ERROR_CODES.usage, '--ledger-key: needs --ledger')
    if (folder === null) return null
    const key = keyPath === null ? null : readKeyFile(keyPath)
    const store = await LedgerStore.open(folder, 'write', { key })
    store.read()
    return new RunLedger(store, optionalPath(args.db, '--db'))
  }

  /** Adds the receipt of a run that is kept. */
  addReceipt(facts: RunFacts): void {
    this.settling.addReceipt(facts)
  }

  /** Runs while nobody else changes the ledger; what the run left open is kept with it, or not at all. */
  async alone<T>(run: () => T): Promise<T> {
    try {
      return this.#store.update(run)
    } finally {
      await this.#store.close()
    }
  }

  /** Notes in a store of contracts what is open here: then both are kept, or neither. */
  noteIn(contracts: ChangingState): void {
    const { ledger, id } = this.#store
    if (ledger.openCount > 0) contracts.setNote(id, hexToBytes(ledger.head, 'head'))
  }
}
