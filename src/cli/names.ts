import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { readJsonFile } from '../host/read-file.ts'
import { readAddress } from '../replay/bundle-values.ts'
import { Decoder } from '../replay/decoder.ts'
import type { BundleRun } from '../replay/replay-bundle.ts'
import type { NodeReplay } from '../replay/replay-node.ts'
import { type CallAbi, readCallAbi } from '../runtime/solidity-abi.ts'
import { fromOption } from './arguments.ts'
import type { Arguments } from './main.ts'
import type { Labels } from './replay-details.ts'

/** What the command line says contracts are called and understand. */
export interface Names {
  readonly decoder: Decoder
  readonly labels: Labels
}

/** Of `--abi [ADDRESS=]FILE` and `--label ADDRESS=NAME`, each as often as one likes. */
export function namesOf(args: Arguments): Names {
  const own = new Map<bigint, CallAbi[]>()
  const shared: CallAbi[] = []
  const labels = new Map<bigint, string>()
  for (const given of listOf(args.abi)) {
    const [address, path] = addressed(given, '--abi')
    const abi = readCallAbi(readJsonFile(path), path)
    if (address === null) shared.push(abi)
    else own.set(address, [...(own.get(address) ?? []), abi])
    if (address !== null && abi.contract !== null) labels.set(address, abi.contract)
  }
  for (const given of listOf(args.label)) {
    const [address, name] = addressed(given, '--label')
    if (address === null) throw new ZvmError(ERROR_CODES.usage, '--label: not ADDRESS=NAME')
    labels.set(address, name)
  }
  return { decoder: new Decoder(own, shared), labels }
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)]
}

/** `ADDRESS=REST`, or the rest alone; a file may have `=` in its name, but not after an address. */
function addressed(text: string, option: string): [address: bigint | null, rest: string] {
  const [, at, rest] = /^(0x[0-9a-fA-F]*)=(.+)$/.exec(text) ?? []
  return at === undefined ? [null, text] : [fromOption(() => readAddress(at, option)), rest]
}

/** The names with those that the block itself gives: precompiles, who sent the transactions, and the coinbase. */
export function labelsOf(
  { plan, transactions }: Pick<NodeReplay | BundleRun, 'plan' | 'transactions'>,
  { labels }: Names,
): Labels {
  const all = new Map<bigint, string>()
  for (const [address, { name }] of plan.table.precompiles) all.set(address, name)
  all.set(plan.environment.coinbase, 'coinbase')
  for (const outcome of transactions) if ('sender' in outcome) all.set(outcome.sender, 'sender')
  return new Map([...all, ...labels])
}
