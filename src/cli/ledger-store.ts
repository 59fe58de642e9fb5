import { randomBytes } from 'node:crypto'
import type { Argv } from 'yargs'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { readKeyFile } from '../host/key-file.ts'
import { LedgerStore } from '../host/ledger-store.ts'
import type { Ledger, LedgerOptions } from '../ledger/ledger.ts'
import { flag, fromOption, optionalPath, text } from './arguments.ts'
import type { Arguments } from './main.ts'
import { counted, warn } from './output.ts'

/** What every command on a ledger takes. */
export function ledgerOptions<T>(yargs: Argv<T>): Argv {
  return yargs
    .option('ledger', text('Folder of the ledger'))
    .option('key', text("File with the ledger's key, where it has one: 64 digits of hex, mode 0600"))
    .option('json', flag('Print one JSON object')) as unknown as Argv
}

export function ledgerFolder(args: Arguments): string {
  const path = optionalPath(args.ledger, '--ledger')
  if (path === null) throw new ZvmError(ERROR_CODES.usage, '--ledger: name the folder of the ledger')
  return path
}

export function keyOf(args: Arguments): Uint8Array | null {
  const path = optionalPath(args.key, '--key')
  return path === null ? null : readKeyFile(path)
}

/** Changes the ledger of the options; `now` is the time of what is added, never before that of the last entry. */
export async function changeLedger<T>(
  args: Arguments,
  change: (ledger: Ledger, now: number) => T,
): Promise<T> {
  const options: LedgerOptions = { key: keyOf(args), sign: await signOf(args) }
  return withStore(await LedgerStore.open(ledgerFolder(args), 'write', options), (store) => {
    let found: LedgerStore['uncommitted'] = null
    const result = store.update((ledger) => {
      found = store.uncommitted
      // What is no value there is one of the command line.
      return fromOption(() => change(ledger, timeAfter(ledger)))
    })
    tellUncommitted(store, found, 'taken away')
    return result
  })
}

/** The same, for what only looks. */
export async function readLedger<T>(
  args: Arguments,
  use: (ledger: Ledger, store: LedgerStore) => T,
): Promise<T> {
  return withStore(await LedgerStore.open(ledgerFolder(args), 'read', { key: keyOf(args) }), (store) => {
    const ledger = store.read()
    tellUncommitted(store, store.uncommitted, 'the next change takes them away')
    return use(ledger, store)
  })
}

export async function withStore<T>(store: LedgerStore, use: (store: LedgerStore) => T): Promise<T> {
  try {
    return use(store)
  } finally {
    await store.close()
  }
}

export function tellUncommitted(
  { folder }: LedgerStore,
  found: LedgerStore['uncommitted'],
  what: string,
): void {
  if (!found) return
  const { line, offset, bytes } = found
  warn(
    `zvm: ${folder}: from line ${line} (byte ${offset}) on are ${counted(bytes, 'byte')} of a writer that was stopped: no entry; ${what}`,
  )
}

/** Unix seconds, by the clock, which may be behind that of who wrote last. */
export function timeAfter({ book }: Ledger): number {
  return Math.max(Math.floor(Date.now() / 1000), book.lastTimestamp)
}

export function newNonce(): string {
  return randomBytes(12).toString('hex')
}

async function signOf(args: Arguments): Promise<NonNullable<LedgerOptions['sign']> | null> {
  const path = optionalPath(args['sign-key'], '--sign-key')
  if (path === null) return null
  const { openSigner } = await import('./private-key.ts')
  const signer = await openSigner(args, path)
  return (message) => signer.sign(message)
}
