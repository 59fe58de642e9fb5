import { existsSync } from 'node:fs'
import { jsonFiles } from '../conform/suite.ts'
import type { Crypto } from '../core/crypto.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { haltName } from '../core/halt.ts'
import { haltMessage } from '../core/halt-message.ts'
import { bytesToHex, toFixedHex, toQuantity } from '../core/hex.ts'
import type { Table } from '../core/table.ts'
import type { Tracer } from '../core/tracer.ts'
import { readBytes, readJsonFile } from '../host/read-file.ts'
import { type Bundle, parseBundle } from '../replay/bundle.ts'
import type { Difference } from '../replay/compare.ts'
import { recoverAhead } from '../replay/recover-ahead.ts'
import {
  type BundleRun,
  bundleSignatures,
  type ReplayedTransaction,
  runBundle,
} from '../replay/replay-bundle.ts'
import { describeStepDifference, firstStepDifference } from '../replay/step-difference.ts'
import { recordSteps, type StepRecorder } from '../replay/step-recorder.ts'
import { type TransactionSteps, unpackSteps } from '../replay/steps.ts'
import { both } from '../trace/both.ts'
import type { Call } from '../trace/call-tree.ts'
import { EXIT } from './exit-codes.ts'
import { lazyCrypto } from './lazy-crypto.ts'
import type { Arguments } from './main.ts'
import { labelsOf, namesOf } from './names.ts'
import { counted, print, printJson } from './output.ts'
import { callsInto, changeToJson, detailsOf, type Labels } from './replay-details.ts'
import { type Detailed, detailsToJson, showChanges, showDetails } from './replay-report.ts'
import { chosenTable } from './table.ts'
import { tableOfFork } from './target-table.ts'
import { type Tracing, traced } from './trace-options.ts'

/** Replays bundles, and compares with what the chain said of them. */
export async function replayBundles(args: Arguments, paths: readonly string[]): Promise<number> {
  const files = paths.flatMap(jsonFiles)
  if (files.length === 0) throw new ZvmError(ERROR_CODES.io, `${paths.join(', ')}: no .json file there`)
  const bundles = files.map((file) => withPlace(file, () => parseBundle(readJsonFile(file), file)))
  const signed = files.flatMap((file, i) => withPlace(file, () => bundleSignatures(bundles[i])))
  const crypto = await recoverAhead(signed, lazyCrypto)
  const rules = await chosenTable(args)
  const names = args.details === true ? namesOf(args) : null
  const reports: Report[] = []
  await traced(args, async (tracing) => {
    for (const [i, file] of files.entries()) {
      const trees = names ? [] : null
      const run = withPlace(file, () => replayFile(file, bundles[i], rules, crypto, trees, tracing))
      const details = names && (await detailsOf(run, trees ?? [], names.decoder))
      const report = { ...run, details, labels: names ? labelsOf(run, names) : NO_LABELS }
      if (!args.json) show(report)
      reports.push(report)
    }
  })
  const hasAgreed = reports.every(({ transactions }) => transactions.every(agrees))
  if (args.json) printJson({ bundles: reports.map(toJson), agreed: hasAgreed })
  else showSummary(reports)
  return hasAgreed ? EXIT.ok : EXIT.failed
}

const NO_LABELS: Labels = new Map()

/** A bundle that was run, and what came of it. */
interface CheckedBundle extends BundleRun {
  readonly file: string
  readonly bundle: Bundle
  readonly transactions: readonly CheckedTransaction[]
}

interface Report extends CheckedBundle, Detailed {}

/** A replayed transaction with the comparison of its steps, where the node's are kept beside the bundle. */
interface CheckedTransaction extends ReplayedTransaction {
  /** Steps compared; null where there are none to compare with. */
  readonly stepsCompared: number | null
  readonly stepDifference: string | null
}

function agrees({ differences, stepDifference }: CheckedTransaction): boolean {
  return differences.length === 0 && stepDifference === null
}

/** Errors name the bundle; here, where there may be many, they begin with the file. */
function withPlace<T>(file: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof ZvmError) || error.message.startsWith(file)) throw error
    throw new ZvmError(error.code, `${file}: ${error.message}`, error.details, error)
  }
}

/** `rules` are those asked for; null for those that the bundle names. `trees`, if there, are given the calls. */
function replayFile(
  file: string,
  bundle: Bundle,
  rules: Table | null,
  crypto: Crypto,
  trees: (Call | null)[] | null,
  tracing: Tracing,
): CheckedBundle {
  const steps = stepsBeside(file)
  const recorders: StepRecorder[] = []
  const tracer = (index: number, hash: bigint): Tracer | null => {
    const tracers = [tracing.next(hash)]
    if (steps) {
      recorders[index] = recordSteps()
      tracers.push(recorders[index].tracer)
    }
    if (trees) tracers.push(callsInto(trees, index))
    const wanted = tracers.filter((each) => each !== null)
    return wanted.length === 0 ? null : wanted.reduce(both)
  }
  const run = runBundle(bundle, rules ?? tableOfFork(bundle.chain.fork), crypto, { tracer })
  const transactions = run.transactions.map((transaction, i) => ({
    ...transaction,
    ...compareSteps(transaction, recorders[i], steps),
  }))
  return { ...run, file, bundle, transactions }
}

/** Longest file of packed steps that is read, in bytes. */
const STEPS_FILE_LIMIT = 1 << 26

function stepsBeside(file: string): TransactionSteps[] | null {
  const path = file.replace(/\.json$/, '.steps.gz')
  return path !== file && existsSync(path) ? unpackSteps(readBytes(path, STEPS_FILE_LIMIT), path) : null
}

function compareSteps(
  { hash }: ReplayedTransaction,
  recorder: StepRecorder | undefined,
  steps: TransactionSteps[] | null,
): Pick<CheckedTransaction, 'stepsCompared' | 'stepDifference'> {
  const theirs = steps?.find((entry) => entry.hash === hash)?.steps
  if (!theirs || !recorder) return { stepsCompared: null, stepDifference: null }
  const difference = firstStepDifference(theirs, recorder.steps)
  return { stepsCompared: theirs.length, stepDifference: difference && describeStepDifference(difference) }
}

function show(report: Report): void {
  const { bundle, transactions } = report
  print(`${bundle.name} (${bundle.chain.fork}, block ${bundle.block.number})`)
  for (const [i, checked] of transactions.entries()) {
    const { hash, result, compared, stepsCompared, differences, stepDifference } = checked
    const end = result.status === 'success' ? 'success' : haltMessage(result.halt)
    const logs = counted(result.logs.length, 'log')
    const steps = stepsCompared === null ? '' : ` and ${counted(stepsCompared, 'step')}`
    const verdict = agrees(checked) ? `agrees in ${counted(compared, 'value')}${steps}` : 'DIFFERS'
    print(`  ${toFixedHex(hash, 32).slice(0, 18)}… ${end}, ${result.gasUsed} gas, ${logs}: ${verdict}`)
    for (const { what, expected, actual } of differences)
      print(`    ${what}: expected ${expected}, got ${actual}`)
    if (stepDifference !== null) print(stepDifference.replace(/^/gm, '    '))
    showDetails(report, i)
  }
  showChanges(report)
}

function showSummary(reports: readonly Report[]): void {
  const transactions = reports.flatMap((report) => report.transactions)
  const values = transactions.reduce((sum, { compared }) => sum + compared, 0)
  const steps = transactions.reduce((sum, { stepsCompared }) => sum + (stepsCompared ?? 0), 0)
  const differing = transactions.filter((transaction) => !agrees(transaction)).length
  const verdict = differing === 0 ? 'all agree with the chain' : `${differing} DIFFER from the chain`
  print(
    `${counted(transactions.length, 'transaction')} of ${counted(reports.length, 'bundle')} replayed: ${verdict} (${counted(values, 'value')}, ${counted(steps, 'step')} compared)`,
  )
}

function toJson({ file, bundle, transactions, details, labels }: Report) {
  return {
    file,
    name: bundle.name,
    fork: bundle.chain.fork,
    block: toQuantity(bundle.block.number),
    transactions: transactions.map((checked, i) => ({
      hash: toFixedHex(checked.hash, 32),
      sender: toFixedHex(checked.sender, 20),
      status: checked.result.status,
      halt: haltName(checked.result.halt),
      gasUsed: toQuantity(checked.result.gasUsed),
      output: bytesToHex(checked.result.output),
      logs: checked.result.logs.length,
      compared: checked.compared,
      stepsCompared: checked.stepsCompared,
      differences: [...checked.differences, ...stepDifferenceOf(checked)],
      agreed: agrees(checked),
      ...(details ? detailsToJson(details, i, labels) : {}),
    })),
    ...(details ? { changes: details.changes.map((change) => changeToJson(change, labels)) } : {}),
  }
}

function stepDifferenceOf({ stepDifference }: CheckedTransaction): Difference[] {
  return stepDifference === null ? [] : [{ what: 'steps', expected: '', actual: stepDifference }]
}
