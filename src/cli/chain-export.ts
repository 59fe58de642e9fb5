import { gzipSync } from 'node:zlib'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { toFixedHex } from '../core/hex.ts'
import type { ChainStore } from '../host/chain-store/store.ts'
import { checkWritable, GrowingFile } from '../host/write-file.ts'
import { optionalPath, text } from './arguments.ts'
import { blockName, blockOption, chainOptions, headOf, readChain } from './chain-store.ts'
import { EXIT } from './exit-codes.ts'
import type { Command } from './main.ts'
import { Progress, print, printJson } from './output.ts'

/** Bytes that are packed, and written, at once. */
const PIECE_BYTES = 1 << 20

/** `zvm chain export`: the canonical chain as a file that `chain import`, and geth, read. */
export const chainExport: Command = {
  options: (yargs) =>
    chainOptions(yargs)
      .positional('file', { type: 'string', describe: 'File to write; packed where its name ends in .gz' })
      .nargs('file', 1)
      .option('from', text('Number of the first block (default: of the genesis block)'))
      .option('to', text('Number of the last block (default: of the head)'))
      .example('$0 chain export chain.rlp.gz --db chain', 'All blocks from the genesis block to the head')
      .example('$0 chain export part.rlp --from 100 --to 199 --db chain', 'A part of them'),

  async run(args) {
    const file = optionalPath(args.file, 'export')
    if (file === null) throw new ZvmError(ERROR_CODES.usage, 'export: name the file to write')
    checkWritable(file)
    const summary = await readChain(args, (store) => {
      const last = blockOption(args, 'to', store) ?? headOf(store)
      const first = blockOption(args, 'from', store) ?? store.blocks.get(store.settings!.genesisHash)!
      const [from, to] = [first.header.number, last.header.number]
      if (from > to) throw new ZvmError(ERROR_CODES.usage, `--from: ${from} is behind ${to}`)
      const sizeBytes = write(store, file, from, to)
      return { blocks: Number(to - from) + 1, from, to, hash: last.hash, sizeBytes }
    })
    const { blocks, to, hash, sizeBytes } = summary
    if (args.json) printJson({ ...summary, hash: toFixedHex(hash, 32) })
    else print(`exported ${blocks} blocks, ${sizeBytes} bytes, to block ${blockName(to, hash)}`)
    return EXIT.ok
  },
}

/** Writes the canonical blocks of these numbers; gives the size of the file. */
function write(store: ChainStore, path: string, from: bigint, to: bigint): number {
  const file = new GrowingFile(path)
  const progress = new Progress()
  const isPacked = path.endsWith('.gz')
  let sizeBytes = 0
  let piece: Uint8Array[] = []
  let held = 0
  const flush = () => {
    const bytes = Buffer.concat(piece)
    // Members of gzip one after the other are one file of gzip.
    const written = isPacked ? gzipSync(bytes) : bytes
    file.write(written)
    sizeBytes += written.length
    piece = []
    held = 0
  }
  try {
    for (let number = from; number <= to; number++) {
      const bytes = store.blockBytes(store.blockAt(number)!)
      piece.push(bytes)
      held += bytes.length
      if (held >= PIECE_BYTES) flush()
      progress.show(`block ${number} of ${to}`)
    }
    flush()
    file.keep()
    return sizeBytes
  } catch (error) {
    file.discard()
    throw error
  } finally {
    progress.clear()
  }
}
