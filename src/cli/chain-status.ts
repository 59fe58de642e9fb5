import { headerToJson } from '../chain/header-json.ts'
import { NETWORKS } from '../chain/networks.ts'
import { toFixedHex } from '../core/hex.ts'
import type { ChainStore } from '../host/chain-store/store.ts'
import { blockName, chainOptions, headOf, readChain } from './chain-store.ts'
import { columns } from './columns.ts'
import { EXIT } from './exit-codes.ts'
import type { Command } from './main.ts'
import { print, printJson } from './output.ts'

/** `zvm chain status`: what a chain holds. */
export const chainStatus: Command = {
  options: (yargs) =>
    chainOptions(yargs).example('$0 chain status --db chain', 'Network, head, counts, size'),

  async run(args) {
    const status = await readChain(args, statusOf)
    if (args.json) printJson(status)
    else for (const line of lines(status)) print(line)
    return EXIT.ok
  },
}

/** `zvm chain head`: the header of the head. */
export const chainHead: Command = {
  options: (yargs) =>
    chainOptions(yargs).example('$0 chain head --db chain', 'The header as eth_getHeaderByNumber gives it'),

  async run(args) {
    const { header } = await readChain(args, headOf)
    printJson(headerToJson(header), args.json ? 0 : 2)
    return EXIT.ok
  },
}

type Status = ReturnType<typeof statusOf>

function statusOf(store: ChainStore) {
  const { genesisHash, chainId } = store.settings!
  const head = headOf(store)
  const genesis = toFixedHex(genesisHash, 32)
  const network = NETWORKS.find((one) => one.genesisHash === genesis)
  return {
    network: network?.name ?? null,
    chainId,
    genesis,
    head: {
      ...{ number: head.header.number, hash: toFixedHex(head.hash, 32), timestamp: head.header.timestamp },
      ...{ stateRoot: toFixedHex(head.header.stateRoot, 32), totalDifficulty: head.totalDifficulty },
    },
    ...store.totals,
    sizeBytes: store.sizeBytes,
  }
}

/** Seconds since 1970 of the last moment that a date of JavaScript can be. */
const LAST_DATE_S = 8_640_000_000_000n

function timeText(timestamp: bigint): string {
  if (timestamp > LAST_DATE_S) return `${timestamp} s`
  return `${new Date(Number(timestamp) * 1000).toISOString()}, ${timestamp} s`
}

function lines({ network, chainId, genesis, head, ...counts }: Status): string[] {
  return columns([
    ['network', `${network ?? 'of its own'}, chain id ${chainId}`],
    ['genesis', genesis],
    ['head', blockName(head.number, BigInt(head.hash))],
    ['time', timeText(head.timestamp)],
    ['state root', head.stateRoot],
    ['total difficulty', String(head.totalDifficulty)],
    ['blocks', `${counts.blocks}, all branches and the genesis block counted`],
    ['transactions', String(counts.transactions)],
    ['state', `${counts.nodes} nodes, ${counts.codes} codes`],
    ['on disk', `${counts.sizeBytes} bytes`],
  ])
}
