import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { haltName } from '../core/halt.ts'
import { haltMessage } from '../core/halt-message.ts'
import { bytesToHex, toFixedHex } from '../core/hex.ts'
import { readJsonFile } from '../host/read-file.ts'
import { checkWritable, writeAtomically } from '../host/write-file.ts'
import { readAddress, readHash } from '../replay/bundle-values.ts'
import { serializeBundle } from '../replay/bundle-writer.ts'
import type { Difference } from '../replay/compare.ts'
import { type Override, readOverride } from '../replay/override.ts'
import {
  createBundle,
  type NodeOutcome,
  type NodeReplay,
  type NodeReplayOptions,
  replayBlock,
  replayTransaction,
} from '../replay/replay-node.ts'
import type { RpcChain } from '../replay/rpc/rpc-chain.ts'
import { fromOption, optionalPath, optionalText } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { readHexFile } from './input.ts'
import { lazyCrypto } from './lazy-crypto.ts'
import type { Arguments } from './main.ts'
import { chainOf, rulesOf } from './node-options.ts'
import { counted, print, printJson } from './output.ts'
import { isTraced, type Tracing, traced } from './trace-options.ts'

/** What is to be replayed. */
type Target = { readonly hash: bigint } | { readonly number: bigint }

/** Replays what is named from a node, and compares. */
export async function replayFromNode(args: Arguments, targets: readonly string[]): Promise<number> {
  if (targets.length === 1 && targets[0].includes('..'))
    return (await import('./replay-range.ts')).replayRange(args, readRange(targets[0]))
  const [target, ...more] = targets.map(readTarget)
  if (more.length > 0)
    throw new ZvmError(ERROR_CODES.usage, 'replay: name one transaction or block of a node')
  const save = optionalPath(args.save, '--save')
  if (save !== null) checkWritable(save)
  const { chain, close } = await chainOf(args)
  const replay = await traced(args, (tracing) =>
    replayTarget(chain, target, optionsOf(args, tracing)),
  ).finally(close)
  if (save !== null) writeAtomically(save, serializeBundle(createBundle(replay)))
  const hasAgreed = isAgreed(replay)
  if (args.json) printJson({ ...toJson(replay), agreed: hasAgreed })
  else show(replay, chain)
  return hasAgreed ? EXIT.ok : EXIT.failed
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
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

function optionsOf(args: Arguments, tracing: Tracing): NodeReplayOptions {
  const rules = rulesOf(args)
  const override = overrideOf(args)
  return {
    ...(rules ? { rules } : {}),
    crypto: lazyCrypto,
    quick: args.quick === true,
    ...(override ? { override } : {}),
    ...(args.verify === undefined ? {} : { verify: fromOption(() => readHash(args.verify, '--verify')) }),
    ...(isTraced(args) ? { tracer: (_, hash) => tracing.next(hash) } : {}),
  }
}

/** `--override` and `--set-code` together; null where neither is given. */
function overrideOf(args: Arguments): Override | null {
  const path = optionalPath(args.override, '--override')
  const base = path === null ? null : readOverride(readJsonFile(path), path)
  const setCode = optionalText(args['set-code'])
  if (setCode === null) return base
  const [, at = '', file = ''] = /^([^=]*)=(.+)$/.exec(setCode) ?? []
  const address = fromOption(() => readAddress(at, '--set-code'))
  const accounts = new Map(base?.accounts ?? [])
  return {
    block: base?.block ?? {},
    accounts: accounts.set(address, { ...accounts.get(address), code: readHexFile(file) }),
  }
}

function isAgreed({ transactions, block }: NodeReplay): boolean {
  return transactions.every(agrees) && (block?.differences ?? []).length === 0
}

function agrees(outcome: NodeOutcome): boolean {
  return !('passedOver' in outcome) && outcome.differences.length === 0
}

function show({ plan, transactions, block, rounds }: NodeReplay, { rpc, cache }: RpcChain): void {
  print(`block ${plan.block.number} of chain ${plan.chain.chainId} (${plan.chain.fork})`)
  for (const outcome of transactions) showTransaction(outcome)
  showDifferences(block?.differences ?? [], '  ')
  const differing = transactions.filter((outcome) => !agrees(outcome)).length
  const verdict = differing === 0 ? 'all agree with the chain' : `${differing} DIFFER from the chain`
  const asked = `${counted(rounds, 'round')} of requests, ${rpc.requests} in all`
  print(`${counted(transactions.length, 'transaction')} replayed: ${verdict} (${asked})`)
  if (cache) print(`cache: ${megabytes(cache.sizeBytes)} of ${megabytes(cache.limitBytes)} MB`)
}

function showTransaction(outcome: NodeOutcome): void {
  const name = `${toFixedHex(outcome.hash, 32).slice(0, 18)}…`
  if ('passedOver' in outcome) {
    print(`  ${name} NOT RUN: ${outcome.passedOver}`)
    return
  }
  const { result, compared, differences } = outcome
  const end = result.status === 'success' ? 'success' : haltMessage(result.halt)
  const verdict = agrees(outcome) ? `agrees in ${counted(compared, 'value')}` : 'DIFFERS'
  print(`  ${name} ${end}, ${result.gasUsed} gas, ${counted(result.logs.length, 'log')}: ${verdict}`)
  showDifferences(differences, '    ')
}

function showDifferences(differences: readonly Difference[], indent: string): void {
  for (const { what, expected, actual } of differences)
    print(`${indent}${what}: expected ${expected}, got ${actual}`)
}

function toJson({ plan, transactions, block, rounds }: NodeReplay) {
  return {
    chainId: plan.chain.chainId,
    fork: plan.chain.fork,
    block: plan.block.number,
    rounds,
    differences: block?.differences ?? [],
    transactions: transactions.map((outcome) => {
      const hash = toFixedHex(outcome.hash, 32)
      if ('passedOver' in outcome) return { ...outcome, hash }
      const { result, compared, differences } = outcome
      return {
        hash,
        index: outcome.index,
        sender: toFixedHex(outcome.sender, 20),
        status: result.status,
        halt: haltName(result.halt),
        gasUsed: result.gasUsed,
        effectiveGasPrice: result.effectiveGasPrice,
        output: bytesToHex(result.output),
        logs: result.logs.length,
        compared,
        differences,
      }
    }),
  }
}
