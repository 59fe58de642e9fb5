import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { readJsonFile } from '../host/read-file.ts'
import { checkWritable, writeAtomically } from '../host/write-file.ts'
import { readAddress, readHash } from '../replay/bundle-values.ts'
import { serializeBundle } from '../replay/bundle-writer.ts'
import { createBundle } from '../replay/node-bundle.ts'
import { type Override, readOverride } from '../replay/override.ts'
import {
  type NodeReplay,
  type NodeReplayOptions,
  replayBlock,
  replayTransaction,
} from '../replay/replay-node.ts'
import type { RpcChain } from '../replay/rpc/rpc-chain.ts'
import { both } from '../trace/both.ts'
import type { Call } from '../trace/call-tree.ts'
import { fromOption, optionalPath, optionalText } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { readHexFile } from './input.ts'
import { lazyCrypto } from './lazy-crypto.ts'
import type { Arguments } from './main.ts'
import { labelsOf, namesOf } from './names.ts'
import { chainOf, rulesOf } from './node-options.ts'
import { printJson } from './output.ts'
import { callsInto, detailsOf } from './replay-details.ts'
import { OF_ONE_BLOCK, OF_RANGE, OF_TRANSACTION, refuse } from './replay-options.ts'
import { isAgreed, type Report, reportToJson, showReport } from './replay-report.ts'
import { isTraced, type Tracing, traced } from './trace-options.ts'
import { otherwise } from './what-if.ts'

/** What is to be replayed. */
type Target = { readonly hash: bigint } | { readonly number: bigint }

/** Replays what is named from a node, and compares. */
export async function replayFromNode(args: Arguments, targets: readonly string[]): Promise<number> {
  if (targets.length === 1 && targets[0].includes('..')) {
    refuse(args, OF_ONE_BLOCK)
    return (await import('./replay-range.ts')).replayRange(args, readRange(targets[0]))
  }
  const [target, ...more] = targets.map(readTarget)
  if (more.length > 0)
    throw new ZvmError(ERROR_CODES.usage, 'replay: name one transaction or block of a node')
  refuse(args, OF_RANGE)
  if (!('hash' in target)) refuse(args, OF_TRANSACTION)
  const save = optionalPath(args.save, '--save')
  if (save !== null) checkWritable(save)
  const names = namesOf(args)
  const hasDetails = args.details === undefined ? 'hash' in target : args.details === true
  const trees: (Call | null)[] = []
  const options = await optionsOf(args)
  const { chain, close } = await chainOf(args)
  const replay = await traced(args, (tracing) => {
    const tracer = tracerOf(args, tracing, hasDetails ? trees : null)
    return replayTarget(chain, target, { ...options, ...(tracer ? { tracer } : {}) })
  }).finally(close)
  if (save !== null) writeAtomically(save, serializeBundle(createBundle(replay)))
  const report: Report = {
    replay,
    labels: labelsOf(replay, names),
    details: hasDetails ? await detailsOf(replay, trees, names.decoder) : null,
    otherwise: replay.original && (await otherwise(replay.original, replay, names.decoder)),
  }
  if (args.json) printJson(reportToJson(report))
  else showReport(report, chain)
  return isAgreed(report) ? EXIT.ok : EXIT.failed
}

function readTarget(text: string): Target {
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return { hash: BigInt(text) }
  if (/^(0x[0-9a-fA-F]{1,16}|[0-9]{1,18})$/.test(text)) return { number: BigInt(text) }
  throw new ZvmError(
    ERROR_CODES.usage,
    `replay: ${JSON.stringify(text.slice(0, 80))} is no transaction hash and no block number`,
  )
}

function readRange(text: string): { first: bigint; last: bigint } {
  const [, first = '', last = ''] = /^(.+?)\.\.(.+)$/.exec(text) ?? []
  const numberOf = (part: string) => {
    const target = readTarget(part)
    if ('number' in target) return target.number
    throw new ZvmError(ERROR_CODES.usage, 'replay: a range is of block numbers, A..B')
  }
  return { first: numberOf(first), last: numberOf(last) }
}

function replayTarget(chain: RpcChain, target: Target, options: NodeReplayOptions): Promise<NodeReplay> {
  return 'hash' in target
    ? replayTransaction(chain, target.hash, options)
    : replayBlock(chain, target, options)
}

async function optionsOf(args: Arguments): Promise<NodeReplayOptions> {
  const rules = await rulesOf(args)
  const override = overrideOf(args)
  return {
    ...(rules ? { rules } : {}),
    crypto: lazyCrypto,
    quick: args.quick === true,
    ...(override ? { override } : {}),
    ...(args.verify === undefined ? {} : { verify: fromOption(() => readHash(args.verify, '--verify')) }),
  }
}

/** What watches a transaction: the traces that were asked for, and what fills `trees` with calls, in the same order. */
function tracerOf(
  args: Arguments,
  tracing: Tracing,
  trees: (Call | null)[] | null,
): NodeReplayOptions['tracer'] {
  if (!trees && !isTraced(args)) return undefined
  return (index, hash) => {
    const own = tracing.next(hash)
    if (!trees) return own
    const tree = callsInto(trees, index)
    return own ? both(own, tree) : tree
  }
}

/** `--override` and `--set-code` together; null where neither is given. */
function overrideOf(args: Arguments): Override | null {
  const path = optionalPath(args.override, '--override')
  const base = path === null ? null : readOverride(readJsonFile(path), path)
  const setCode = optionalText(args['set-code'])
  if (setCode === null) return base
  const [, at, file] = /^([^=]*)=(.+)$/.exec(setCode) ?? []
  if (at === undefined) throw new ZvmError(ERROR_CODES.usage, '--set-code: not ADDRESS=FILE')
  const address = fromOption(() => readAddress(at, '--set-code'))
  const accounts = new Map(base?.accounts ?? [])
  return {
    block: base?.block ?? {},
    accounts: accounts.set(address, { ...accounts.get(address), code: readHexFile(file) }),
  }
}
