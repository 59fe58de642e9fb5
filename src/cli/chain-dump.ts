import type { ChainBlock } from '../chain/block-store.ts'
import { bytesToHex, toFixedHex } from '../core/hex.ts'
import { type DumpedAccount, dumpAccounts } from '../host/chain-store/dump.ts'
import type { ChainStore } from '../host/chain-store/store.ts'
import { text } from './arguments.ts'
import { blockOption, chainOptions, headOf, readChain } from './chain-store.ts'
import { EXIT } from './exit-codes.ts'
import type { Command } from './main.ts'
import { takeStdout } from './output.ts'

/** Text that is collected before it is written. */
const PIECE_LENGTH = 1 << 16

/** `zvm chain dump`: the state after a block. */
export const chainDump: Command = {
  options: (yargs) =>
    chainOptions(yargs)
      .option('block', text('Number of the block (default: of the head)'))
      .example('$0 chain dump --db chain', "The state as geth's dump: accounts by address, JSON")
      .example('$0 chain dump --block 100 --db chain', 'As it was after block 100'),

  async run(args) {
    const write = takeStdout()
    await readChain(args, (store) => {
      let piece = ''
      for (const part of dumpText(store, blockOption(args, 'block', store) ?? headOf(store))) {
        piece += part
        if (piece.length < PIECE_LENGTH) continue
        write(piece)
        piece = ''
      }
      write(`${piece}\n`)
    })
    return EXIT.ok
  },
}

/** The state as JSON in pieces, so that none need be held whole. */
function* dumpText(store: ChainStore, { header }: ChainBlock): Generator<string> {
  yield `{"root":"${toFixedHex(header.stateRoot, 32)}","accounts":{`
  let separator = ''
  for (const account of dumpAccounts(store, header)) {
    yield separator
    yield* accountText(account)
    separator = ','
  }
  yield '}}'
}

function* accountText({ address, account, code, slots }: DumpedAccount): Generator<string> {
  const { balance, nonce, storageRoot, codeHash } = account
  yield `"${toFixedHex(address, 20)}":{"balance":"${balance}","nonce":${nonce},`
  yield `"root":"${bytesToHex(storageRoot)}","codeHash":"${toFixedHex(codeHash, 32)}"`
  if (code) yield `,"code":"${bytesToHex(code)}"`
  let separator = ',"storage":{'
  for (const [key, value] of slots()) {
    yield `${separator}"${toFixedHex(key, 32)}":"${toFixedHex(value, 32)}"`
    separator = ','
  }
  yield separator === ',' ? '}}' : '}'
}
