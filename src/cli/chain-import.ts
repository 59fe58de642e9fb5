import { accessSync, constants, statSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { readChainConfig } from '../chain/chain-config.ts'
import { Ethash } from '../chain/ethash.ts'
import type { ForkSchedule } from '../chain/fork-schedule.ts'
import { genesisHeader, readGenesis } from '../chain/genesis.ts'
import type { BlockHeader } from '../chain/header.ts'
import { usePreparedInterpreters } from '../conform/prepared-interpreters.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { toFixedHex } from '../core/hex.ts'
import { parseJson } from '../core/json.ts'
import { entriesOf } from '../core/members.ts'
import { BlockImport, type Refusal } from '../host/chain-store/block-import.ts'
import { blockBatches } from '../host/chain-store/block-stream.ts'
import { sortedJson } from '../host/chain-store/layout.ts'
import type { ChainStart, ChainStore } from '../host/chain-store/store.ts'
import { readGenesisFile, reasonOf } from '../host/read-file.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import type { MemorySource } from '../state/memory-source.ts'
import { merklePatricia } from '../state/merkle-patricia.ts'
import { flag, optionalPath, text, wholeNumber } from './arguments.ts'
import { blockName, chainOptions, headOf, withChain } from './chain-store.ts'
import { EXIT } from './exit-codes.ts'
import type { Arguments, Command } from './main.ts'
import { oneLine, Progress, print, printJson, warn } from './output.ts'

/** `zvm chain import`: validates, executes and keeps the blocks of a file. */
export const chainImport: Command = {
  options: (yargs) =>
    chainOptions(yargs)
      .positional('file', {
        type: 'string',
        describe: 'RLP of blocks, one after the other, as geth exports them; gzip too; - for stdin',
      })
      .nargs('file', 1)
      .option('genesis', text('Genesis file in the form of geth; needed where the chain is new'))
      .option('batch', text('Blocks a transaction at the most (default: what half a second takes)'))
      .option('seal', flag('Check proofs of work (Ethash), which takes long'))
      .example(
        '$0 chain import chain.rlp --genesis genesis.json --db chain',
        'Make a chain and import the blocks of a file',
      )
      .example('$0 chain import more.rlp.gz --db chain', 'Go on with it'),

  async run(args) {
    const file = optionalPath(args.file, 'import')
    if (file === null) throw new ZvmError(ERROR_CODES.usage, 'import: name the file of the blocks')
    const batch = args.batch === undefined ? undefined : wholeNumber(args.batch, '--batch', 1, 2 ** 32)
    const given = genesisOf(args)
    checkReadable(file)
    usePreparedInterpreters()
    const interruption = new Interruption()
    try {
      return await withChain(args, 'create', async (store) => {
        const begun = new BlockImport(store, () => startOf(args, store, given))
        const isWhole = await importFile(begun, store, file, batch, interruption)
        store.read(() => tell(args, begun, store))
        if (!isWhole) {
          warn('zvm: interrupted; what is imported stays, and the same command goes on from there')
          return EXIT.interrupted
        }
        return begun.refusal === null ? EXIT.ok : EXIT.failed
      })
    } finally {
      interruption.done()
    }
  },
}

/** A wish of the user, or of the system, that the command end; a second one ends it at once, which does no harm. */
class Interruption {
  isWished = false
  readonly #wish = () => {
    this.isWished = true
  }

  constructor() {
    for (const signal of SIGNALS) process.once(signal, this.#wish)
  }

  done(): void {
    for (const signal of SIGNALS) process.off(signal, this.#wish)
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** A genesis file, read. */
interface GivenGenesis {
  readonly schedule: ForkSchedule
  readonly header: BlockHeader
  readonly alloc: MemorySource
  readonly config: string
}

function genesisOf(args: Arguments): GivenGenesis | null {
  const place = optionalPath(args.genesis, '--genesis')
  if (place === null) return null
  const json = readGenesisFile(place)
  const genesis = readGenesis(json, place, null)
  const { schedule, state: alloc } = genesis
  if (schedule === null)
    throw new ZvmError(ERROR_CODES.value, `${place}: config: missing, so no fork is known`, { place })
  const config = sortedJson(new Map(entriesOf(json, place)).get('config'))
  return { schedule, alloc, config, header: genesisHeader(genesis, merklePatricia) }
}

/** What the chain is begun or gone on with. Throws USAGE where it is new and no genesis is given. */
function startOf(
  args: Arguments,
  store: ChainStore,
  given: GivenGenesis | null,
): { start: ChainStart; config: string } {
  const { settings, folder } = store
  const seal = args.seal ? { seal: sealCheck() } : {}
  if (given !== null) {
    const { schedule, header: genesis, alloc, config } = given
    return { config, start: { ...seal, schedule, genesis, alloc: alloc.changes(), crypto: nodeCrypto } }
  }
  if (!settings) throw new ZvmError(ERROR_CODES.usage, `--genesis: ${folder} is new; name a genesis file`)
  const { config, genesisHash } = settings
  const genesis = store.blocks.get(genesisHash)?.header
  if (!genesis)
    throw new ZvmError(ERROR_CODES.value, `${folder}: damaged: its genesis is not there`, { folder })
  const schedule = readChainConfig(parseJson(config, folder), `${folder}: config`)
  return { config, start: { ...seal, schedule, genesis, alloc: [], crypto: nodeCrypto } }
}

function sealCheck(): (header: BlockHeader) => boolean {
  const ethash = new Ethash()
  return (header) => ethash.isSealed(header)
}

/** Told before a chain is made. */
function checkReadable(file: string): void {
  try {
    if (file === '-') return
    accessSync(file, constants.R_OK)
    if (statSync(file).isDirectory()) throw new Error('is a folder, not a file')
  } catch (cause) {
    throw new ZvmError(ERROR_CODES.io, `${file}: ${reasonOf(cause)}`, { path: file }, cause)
  }
}

/** Imports the file as far as it goes; false where that was interrupted. */
async function importFile(
  begun: BlockImport,
  store: ChainStore,
  file: string,
  batch: number | undefined,
  interruption: Interruption,
): Promise<boolean> {
  const progress = new ImportProgress(begun)
  try {
    for await (const blocks of blockBatches(file)) {
      for (let from = 0; from < blocks.length; ) {
        // Signals are told between two turns of the event loop.
        await setImmediate()
        if (interruption.isWished) return false
        from += begun.take(blocks.slice(from), batch)
        if (begun.refusal) return true
        progress.show(store)
      }
    }
    return true
  } catch (error) {
    throw withCounts(error, begun)
  } finally {
    progress.clear()
  }
}

/** An error of the file with what was imported before it, which stays. */
function withCounts(error: unknown, { imported, skipped }: BlockImport): unknown {
  if (!(error instanceof ZvmError)) return error
  const { code, message, details, cause } = error
  const kept = `${message}; blocks imported before it: ${imported}`
  return new ZvmError(code, kept, { ...details, imported, skipped }, cause)
}

/** How fast it goes, on a terminal. */
class ImportProgress {
  readonly #begun: BlockImport
  readonly #progress = new Progress()
  readonly #start = performance.now()

  constructor(begun: BlockImport) {
    this.#begun = begun
  }

  show(store: ChainStore): void {
    const { imported, skipped, gasUsed } = this.#begun
    const seconds = (performance.now() - this.#start) / 1000
    const { header } = store.read(() => headOf(store))
    this.#progress.show(
      `block ${header.number}: ${imported} imported, ${skipped} skipped, ${(imported / seconds).toFixed(1)} blocks/s, ${(Number(gasUsed) / 1e6 / seconds).toFixed(1)} Mgas/s`,
    )
  }

  clear(): void {
    this.#progress.clear()
  }
}

function tell(
  args: Arguments,
  { imported, skipped, gasUsed, refusal }: BlockImport,
  store: ChainStore,
): void {
  const { hash, header } = headOf(store)
  if (args.json) {
    printJson({
      ...{ imported, skipped, gasUsed, refused: refusal && plainRefusal(refusal) },
      head: { number: header.number, hash: toFixedHex(hash, 32) },
    })
    return
  }
  if (refusal) print(`refused ${oneLine(refusalText(refusal))}`)
  print(`imported ${imported} blocks, ${gasUsed} gas; ${skipped} were there before`)
  print(`head ${blockName(header.number, hash)}`)
}

function refusalText({ number, hash, offset, rejection }: Refusal): string {
  const name =
    number === null || hash === null ? `the block at byte ${offset}` : `block ${blockName(number, hash)}`
  return `${name}: ${rejection.transaction?.code ?? rejection.code}: ${rejection.message}`
}

function plainRefusal({ number, hash, offset, rejection }: Refusal) {
  const { code, message, transaction } = rejection
  return {
    ...{ number, hash: hash === null ? null : toFixedHex(hash, 32), offset },
    ...{ code: transaction?.code ?? code, message },
  }
}
