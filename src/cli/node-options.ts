import { homedir } from 'node:os'
import { join } from 'node:path'
import { readGenesis } from '../chain/genesis.ts'
import { usePreparedInterpreters } from '../conform/prepared-interpreters.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { parseQuantity } from '../core/hex.ts'
import type { Table } from '../core/table.ts'
import { readGenesisFile } from '../host/read-file.ts'
import type { RuleSchedule } from '../replay/replay-node.ts'
import { ReplayCache } from '../replay/rpc/cache.ts'
import { RpcChain } from '../replay/rpc/rpc-chain.ts'
import { fromOption, optionalPath, optionalText, wholeNumber } from './arguments.ts'
import type { Arguments } from './main.ts'
import { chosenTable } from './table.ts'

/** A chain and the cache that is open for it; close that when all is done. */
export interface OpenChain {
  readonly chain: RpcChain
  close(): Promise<void>
}

/** The chain that the command line names, over the cache that it names. */
export async function chainOf(args: Arguments): Promise<OpenChain> {
  const cache = await cacheOf(args)
  const chainId =
    args.chain === undefined ? undefined : fromOption(() => parseQuantity(args.chain, '--chain'))
  const chain = new RpcChain(optionalText(args.rpc), {
    ...(cache ? { cache } : {}),
    ...(chainId === undefined ? {} : { chainId }),
    offline: args.offline === true,
  })
  return { chain, close: async () => cache?.close() }
}

/** Where answers of nodes are kept unless `--cache` says otherwise. */
function defaultFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'zvm', 'replay')
}

async function cacheOf(args: Arguments): Promise<ReplayCache | null> {
  const folder = optionalPath(args.cache, '--cache') ?? defaultFolder()
  if (folder === 'none') return null
  const limit =
    args['cache-limit'] === undefined ? undefined : wholeNumber(args['cache-limit'], '--cache-limit', 1, 1e6)
  return ReplayCache.open(folder, limit && limit * 1e6)
}

/** A fork or table, the schedule of a genesis file, or undefined: that of the network with the node's chain id. */
export async function rulesOf(args: Arguments): Promise<RuleSchedule | Table | undefined> {
  usePreparedInterpreters()
  const table = await chosenTable(args)
  if (table !== null) return table
  const path = optionalPath(args.genesis, '--genesis')
  if (path === null) return undefined
  const { schedule } = readGenesis(readGenesisFile(path), path, null)
  if (schedule) return schedule
  throw new ZvmError(ERROR_CODES.value, `${path}: no config, which says when forks begin`, { path })
}
