import { haltName } from '../core/halt.ts'
import { haltMessage } from '../core/halt-message.ts'
import { bytesToHex, toFixedHex } from '../core/hex.ts'
import type { Difference } from '../replay/compare.ts'
import type { NodeOutcome, PartRun } from '../replay/node-run.ts'
import type { NodeReplay } from '../replay/replay-node.ts'
import type { RpcChain } from '../replay/rpc/rpc-chain.ts'
import { columns } from './columns.ts'
import { counted, oneLine, print } from './output.ts'
import {
  callLines,
  callToJson,
  changeLines,
  changeToJson,
  type Details,
  type Labels,
  logLines,
  logToJson,
} from './replay-details.ts'
import type { Otherwise } from './what-if.ts'

/** The details of a replay. */
export interface Detailed {
  readonly labels: Labels
  /** Null where they are not asked for. */
  readonly details: Details | null
}

/** What is told of a replay from a node. */
export interface Report extends Detailed {
  readonly replay: NodeReplay
  /** What an override changes; null where there is none. */
  readonly otherwise: readonly Otherwise[] | null
}

/** The run that has to agree with the chain: that without what was overridden. */
function judged({ replay }: Report): PartRun {
  return replay.original ?? replay
}

export function isAgreed(report: Report): boolean {
  const { transactions, block } = judged(report)
  return transactions.every(agrees) && (block?.differences ?? []).length === 0
}

function agrees(outcome: NodeOutcome): boolean {
  return !('passedOver' in outcome) && outcome.differences.length === 0
}

export function showReport(report: Report, { rpc, cache }: RpcChain): void {
  const { plan, rounds } = report.replay
  const { transactions, block } = judged(report)
  print(`block ${plan.block.number} of chain ${plan.chain.chainId} (${plan.chain.fork})`)
  for (const [i, outcome] of transactions.entries()) {
    showTransaction(outcome)
    if (!report.otherwise) showDetails(report, i)
  }
  showDifferences(block?.differences ?? [], '  ')
  if (report.otherwise) showOtherwise(report, report.otherwise)
  showChanges(report)
  const differing = transactions.filter((outcome) => !agrees(outcome)).length
  const verdict = differing === 0 ? 'all agree with the chain' : `${differing} DIFFER from the chain`
  const asked = `${counted(rounds, 'round')} of requests, ${rpc.requests} in all`
  print(`${counted(transactions.length, 'transaction')} replayed: ${verdict} (${asked})`)
  if (cache) print(`cache: ${megabytes(cache.sizeBytes)} of ${megabytes(cache.limitBytes)} MB`)
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}

function showTransaction(outcome: NodeOutcome): void {
  if ('passedOver' in outcome) {
    print(`  ${endOf(outcome)}`)
    return
  }
  const { compared, differences } = outcome
  const verdict = agrees(outcome) ? `agrees in ${counted(compared, 'value')}` : 'DIFFERS'
  print(`  ${endOf(outcome)}: ${verdict}`)
  showDifferences(differences, '    ')
}

/** A transaction and how it ended. */
function endOf(outcome: NodeOutcome): string {
  const name = `${toFixedHex(outcome.hash, 32).slice(0, 18)}…`
  if ('passedOver' in outcome) return `${name} NOT RUN: ${outcome.passedOver}`
  const { status, halt, gasUsed, logs } = outcome.result
  const end = status === 'success' ? 'success' : haltMessage(halt)
  return `${name} ${end}, ${gasUsed} gas, ${counted(logs.length, 'log')}`
}

function showDifferences(differences: readonly Difference[], indent: string): void {
  for (const { what, expected, actual } of differences)
    print(`${indent}${what}: expected ${expected}, got ${actual}`)
}

/** Longest text that is shown in a column; `--json` has it whole. */
const CELL = 72

/** As it was beside what if. */
function showOtherwise(report: Report, found: readonly Otherwise[]): void {
  print('what if')
  for (const [i, outcome] of report.replay.transactions.entries()) {
    print(`  ${endOf(outcome)}`)
    showDetails(report, i)
  }
  const rows = found.map(({ what, was, whatIf }) => [what, was ?? '—', whatIf ?? '—'].map(cellOf))
  const lines =
    rows.length === 0 ? ['nothing comes out otherwise'] : columns([['', 'as it was', 'what if'], ...rows])
  for (const line of lines) print(`  ${line}`)
}

/** Of addresses, hashes and bytes only both ends. */
function cellOf(text: string): string {
  const short = oneLine(text).replace(/0x([0-9a-f]{8})[0-9a-f]{9,}([0-9a-f]{4})/g, '0x$1…$2')
  return short.length > CELL ? `${short.slice(0, CELL - 1)}…` : short
}

/** Calls and logs of a transaction by its place among those that were run. */
export function showDetails({ details, labels }: Detailed, index: number): void {
  const { calls, logs } = details?.transactions[index] ?? { calls: null, logs: [] }
  if (calls) for (const line of callLines(calls, labels, '    ')) print(line)
  if (logs.length > 0) print('    logs')
  for (const line of logLines(logs, labels, '      ')) print(line)
}

export function showChanges({ details, labels }: Detailed): void {
  if (!details || details.changes.length === 0) return
  print('  changes')
  for (const line of changeLines(details.changes, labels, '    ')) print(line)
}

export function reportToJson(report: Report) {
  const { replay, details, labels, otherwise } = report
  const { plan, transactions, rounds, original } = replay
  return {
    chainId: plan.chain.chainId,
    fork: plan.chain.fork,
    block: plan.block.number,
    rounds,
    differences: judged(report).block?.differences ?? [],
    transactions: transactions.map((outcome, i) => ({
      ...outcomeToJson(outcome),
      ...(details ? detailsToJson(details, i, labels) : {}),
    })),
    ...(original ? { original: original.transactions.map(outcomeToJson), otherwise } : {}),
    ...(details ? { changes: details.changes.map((change) => changeToJson(change, labels)) } : {}),
    agreed: isAgreed(report),
  }
}

function outcomeToJson(outcome: NodeOutcome) {
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
}

export function detailsToJson(details: Details, index: number, labels: Labels) {
  const { calls, logs } = details.transactions[index]
  return {
    calls: calls && callToJson(calls, labels),
    logs: logs.map((log) => logToJson(log, labels)),
  }
}
