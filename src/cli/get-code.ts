import { bytesToBareHex } from '../core/hex.ts'
import { flag, text } from './arguments.ts'
import { withStore } from './contract-store.ts'
import { contractOf } from './contract-tag.ts'
import { EXIT } from './exit-codes.ts'
import type { Command } from './main.ts'
import { neededAddress } from './message.ts'
import { print, printJson } from './output.ts'

/** `zvm get-code`: the code of a contract in hex; nothing for an address without. */
export const getCode: Command = {
  options: (yargs) =>
    yargs
      .option('db', text('Folder of the store'))
      .option('contract', text('Address of the contract'))
      .option('json', flag('Print one JSON object'))
      .example('$0 get-code --db state --contract 0x…', 'The code in hex'),

  run: (args) =>
    withStore(args, 'read', async (store) => {
      const address = neededAddress(args, 'contract')
      const code = store.read((state) => {
        const account = state.account(address)
        return account && contractOf(state, address)
          ? state.code(address, account.codeHash)
          : new Uint8Array(0)
      })
      if (args.json) printJson({ code: bytesToBareHex(code) })
      else print(bytesToBareHex(code))
      return EXIT.ok
    }),
}
