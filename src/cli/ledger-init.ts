import { randomBytes } from 'node:crypto'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { dropKeyFile, writeKeyFile } from '../host/key-file.ts'
import { LedgerStore } from '../host/ledger-store.ts'
import { optionalPath, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { keyOf, ledgerFolder, ledgerOptions } from './ledger-store.ts'
import type { Command } from './main.ts'
import { print, printJson } from './output.ts'

/** `zvm ledger init`: a new ledger, sealed by a key or not. */
export const init: Command = {
  options: (yargs) =>
    ledgerOptions(yargs)
      .option('new-key', text('Make a key, and write it to this new file, mode 0600'))
      .example(
        '$0 ledger init --ledger books --new-key books.key',
        'A ledger whose entries are sealed by a key',
      )
      .example('$0 ledger init --ledger books', 'One that has none'),

  async run(args) {
    const folder = ledgerFolder(args)
    const newKeyPath = optionalPath(args['new-key'], '--new-key')
    if (newKeyPath !== null && args.key !== undefined)
      throw new ZvmError(ERROR_CODES.usage, '--key and --new-key exclude each other')
    const key = newKeyPath === null ? keyOf(args) : new Uint8Array(randomBytes(32))
    if (newKeyPath !== null) writeKeyFile(newKeyPath, key!)
    try {
      await LedgerStore.create(folder, { key }, Math.floor(Date.now() / 1000))
    } catch (error) {
      if (newKeyPath !== null) dropKeyFile(newKeyPath)
      throw error
    }
    if (args.json) printJson({ ledger: folder, sealed: key !== null })
    else print(`${folder}: a ledger${key ? ', sealed by the key' : ' without a key'}`)
    return EXIT.ok
  },
}
