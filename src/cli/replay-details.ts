import { bytesToHex, toFixedHex, toQuantity } from '../core/hex.ts'
import type { Log } from '../core/host.ts'
import type { Tracer } from '../core/tracer.ts'
import {
  type Decoder,
  type Named,
  type NamedValue,
  namedText,
  valueText,
  valueToJson,
} from '../replay/decoder.ts'
import type { PartRun, PassedOver } from '../replay/node-run.ts'
import type { ReplayedTransaction } from '../replay/replay-bundle.ts'
import { type AccountDiff, type Pair, stateDiff } from '../replay/state-diff.ts'
import type { StateSource } from '../state/source.ts'
import { type Call, CallTree } from '../trace/call-tree.ts'
import { oneLine } from './output.ts'

/** A message of a transaction, with what names it. */
interface NamedCall {
  readonly call: Call
  readonly called: Named | null
  readonly returned: readonly NamedValue[] | null
  /** Why it reverted; null where it did not or gave no reason. */
  readonly reason: string | null
  readonly calls: readonly NamedCall[]
}

interface NamedLog {
  readonly log: Log
  readonly event: Named | null
}

/** What a replayed part did, with the names that are known: of each transaction the calls and logs, of all the changes. */
export interface Details {
  readonly transactions: readonly {
    readonly calls: NamedCall | null
    readonly logs: readonly NamedLog[]
  }[]
  readonly changes: readonly AccountDiff[]
}

/** What accounts are called. */
export type Labels = ReadonlyMap<bigint, string>

/** What keeps the calls of a transaction in its place among `trees`. */
export function callsInto(trees: (Call | null)[], index: number): Tracer {
  trees[index] = null
  return new CallTree((top) => {
    trees[index] = top
  })
}

/** What was run: a part of a block, or a bundle. */
interface DetailedRun extends Pick<PartRun, 'changes'> {
  readonly transactions: readonly (Pick<ReplayedTransaction, 'result'> | PassedOver)[]
  readonly found: StateSource
}

/** `trees` has the calls of each transaction, by its place in the run. */
export async function detailsOf(
  part: DetailedRun,
  trees: readonly (Call | null)[],
  decoder: Decoder,
): Promise<Details> {
  const transactions = []
  for (const [i, outcome] of part.transactions.entries()) {
    const tree = trees[i] ?? null
    transactions.push({
      calls: tree && (await nameCall(tree, decoder)),
      logs: 'passedOver' in outcome ? [] : await nameLogs(outcome.result.logs, decoder),
    })
  }
  return { transactions, changes: stateDiff(part.found, part.changes) }
}

async function nameCall(call: Call, decoder: Decoder): Promise<NamedCall> {
  const { type, to, input, output, error } = call
  const isCall = !type.startsWith('CREATE')
  const calls = []
  for (const inner of call.calls) calls.push(await nameCall(inner, decoder))
  return {
    call,
    called: isCall ? await decoder.call(to, input) : null,
    returned: isCall && error === '' ? await decoder.output(to, input, output) : null,
    reason: error === '' ? null : await decoder.reason(to, output),
    calls,
  }
}

export async function nameLogs(logs: readonly Log[], decoder: Decoder): Promise<NamedLog[]> {
  const named = []
  for (const log of logs) named.push({ log, event: await decoder.log(log) })
  return named
}

/** An address with what it is called. */
function nameOf(address: bigint, labels: Labels): string {
  const label = labels.get(address)
  return toFixedHex(address, 20) + (label === undefined ? '' : ` (${oneLine(label)})`)
}

/** The calls of a transaction, a line each, inner ones set in. */
export function* callLines(
  { call, called, returned, reason, calls }: NamedCall,
  labels: Labels,
  indent: string,
): Generator<string> {
  const value = call.value ? `, ${call.value} wei` : ''
  const what = called ? ` ${namedText(called)}` : inputText(call)
  const result = returned ? ` = ${returned.map((each) => valueText(each.value)).join(', ')}` : ''
  const failure = call.error === '' ? '' : `: ${call.error}${reason === null ? '' : `: ${reason}`}`
  const line = `${call.type} ${nameOf(call.to, labels)}${what} [${call.gasUsed} gas${value}]${result}${failure}`
  yield indent + oneLine(line)
  for (const inner of calls) yield* callLines(inner, labels, `${indent}  `)
}

/** Input that no ABI names: its selector and size. */
function inputText({ type, input }: Call): string {
  if (input.length === 0) return ''
  const selector = type.startsWith('CREATE') ? '' : ` ${bytesToHex(input.subarray(0, 4))}`
  return `${selector} (${input.length} bytes)`
}

export function* logLines(logs: readonly NamedLog[], labels: Labels, indent: string): Generator<string> {
  for (const each of logs) yield `${indent}${nameOf(each.log.address, labels)} ${logText(each)}`
}

/** The event, or where no ABI names it topics and data. */
export function logText({ log, event }: NamedLog): string {
  if (event) return oneLine(namedText(event))
  return `topics [${log.topics.map((topic) => toFixedHex(topic, 32)).join(', ')}], data ${bytesToHex(log.data)}`
}

export function* changeLines(
  changes: readonly AccountDiff[],
  labels: Labels,
  indent: string,
): Generator<string> {
  for (const diff of changes) {
    const end = diff.isCreated ? ' created' : diff.isDeleted ? ' deleted' : ''
    yield `${indent}${nameOf(diff.address, labels)}${end}`
    for (const [what, { before, after }] of changedValues(diff))
      yield `${indent}  ${what}: ${before} → ${after}`
  }
}

/** What changed of an account, by name, as text. */
export function changedValues({ balance, nonce, codeHash, slots }: AccountDiff): [string, Pair<string>][] {
  const texts = ({ before, after }: Pair<bigint>, text: (value: bigint) => string) => ({
    before: text(before),
    after: text(after),
  })
  const found: [string, Pair<string>][] = []
  if (balance) found.push(['balance', texts(balance, String)])
  if (nonce) found.push(['nonce', texts(nonce, String)])
  if (codeHash) found.push(['codeHash', texts(codeHash, (hash) => toFixedHex(hash, 32))])
  for (const slot of slots) found.push([`storage[${toQuantity(slot.key)}]`, texts(slot, toQuantity)])
  return found
}

/** A call as JSON: geth's members, and the names. */
export function callToJson(
  { call, called, returned, reason, calls }: NamedCall,
  labels: Labels,
): Record<string, unknown> {
  const { type, from, to, value, gas, gasUsed, input, output, error } = call
  return {
    ...{ type, from: toFixedHex(from, 20), to: toFixedHex(to, 20) },
    ...(labels.has(to) ? { label: labels.get(to) } : {}),
    ...(value === null ? {} : { value }),
    ...{ gas, gasUsed, input },
    ...(called ? { function: called.name, args: argsToJson(called.args) } : {}),
    ...(output.length > 0 ? { output } : {}),
    ...(returned ? { returned: argsToJson(returned) } : {}),
    ...(error === '' ? {} : { error }),
    ...(reason === null ? {} : { reason }),
    calls: calls.map((inner) => callToJson(inner, labels)),
  }
}

export function logToJson({ log, event }: NamedLog, labels: Labels): Record<string, unknown> {
  const label = labels.get(log.address)
  return {
    address: toFixedHex(log.address, 20),
    ...(label === undefined ? {} : { label }),
    topics: log.topics.map((topic) => toFixedHex(topic, 32)),
    data: log.data,
    ...(event ? { event: event.name, args: argsToJson(event.args) } : {}),
  }
}

export function changeToJson(diff: AccountDiff, labels: Labels): Record<string, unknown> {
  const label = labels.get(diff.address)
  return {
    address: toFixedHex(diff.address, 20),
    ...(label === undefined ? {} : { label }),
    ...(diff.isCreated ? { created: true } : {}),
    ...(diff.isDeleted ? { deleted: true } : {}),
    ...(diff.balance ? { balance: diff.balance } : {}),
    ...(diff.nonce ? { nonce: diff.nonce } : {}),
    ...(diff.codeHash ? { codeHash: diff.codeHash } : {}),
    storage: Object.fromEntries(
      diff.slots.map(({ key, before, after }) => [toFixedHex(key, 32), { before, after }]),
    ),
  }
}

function argsToJson(args: readonly NamedValue[]) {
  return args.map(({ name, type, value }) => ({ name, type, value: valueToJson(value) }))
}
