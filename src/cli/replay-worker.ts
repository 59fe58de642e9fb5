import { dirname } from 'node:path'
import { ZvmError } from '../core/errors.ts'
import { makeFolder, writeAtomically } from '../host/write-file.ts'
import { serializeBundle } from '../replay/bundle-writer.ts'
import type { BlockReport } from '../replay/journal.ts'
import { createBundle } from '../replay/node-bundle.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import { type NodeReplay, replayBlock } from '../replay/replay-node.ts'
import type { Arguments } from './main.ts'
import { chainOf, type OpenChain, rulesOf } from './node-options.ts'

/** One block of a range, and the command line that asks for it. */
export interface RangeJob {
  readonly number: bigint
  /** Its hash, where nothing is to be believed without a proof from there; null else. */
  readonly verify: bigint | null
  readonly args: Arguments
  /** Where a bundle of the block is kept if it does not agree. */
  readonly bundle: string
}

let opened: Promise<OpenChain> | null = null

/** Replays one block of a range: what a worker runs. What goes wrong is in the report. */
export async function replayOne({ number, verify, args, bundle }: RangeJob): Promise<BlockReport> {
  try {
    opened ??= chainOf(args)
    const { chain } = await opened
    const rules = await rulesOf(args)
    const replay = await replayBlock(chain, verify === null ? { number } : { hash: verify }, {
      ...{ ...(rules ? { rules } : {}), crypto: nodeCrypto },
      ...(verify === null ? {} : { verify }),
    })
    const report = reportOf(replay, number)
    if (report.faults.length > 0) keep(replay, bundle)
    return report
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    const nothing = { transactions: 0, passedOver: 0, gasUsed: 0n, compared: 0 }
    return { number, ...nothing, faults: [error.message], error: error.code }
  }
}

function reportOf({ transactions, block, plan }: NodeReplay, number: bigint): BlockReport {
  const run = transactions.flatMap((outcome) => ('passedOver' in outcome ? [] : [outcome]))
  const differences = run.flatMap(({ index, differences: found }) =>
    found.map((each) => ({ ...each, what: `transactions[${index}].${each.what}` })),
  )
  const passedOver = transactions.flatMap((outcome) => ('passedOver' in outcome ? [outcome] : []))
  return {
    number,
    transactions: run.length,
    passedOver: passedOver.length,
    gasUsed: plan.node.header.gasUsed,
    compared: run.reduce((sum, { compared }) => sum + compared, block?.compared ?? 0),
    faults: [
      ...[...differences, ...(block?.differences ?? [])].map(
        ({ what, expected, actual }) => `${what}: expected ${expected}, got ${actual}`,
      ),
      ...passedOver.map(({ index, passedOver: why }) => `transactions[${index}] was not run: ${why}`),
    ],
    error: null,
  }
}

/** A block with transactions that no bundle holds is not kept. */
function keep(replay: NodeReplay, path: string): void {
  if (replay.transactions.some((outcome) => 'passedOver' in outcome)) return
  makeFolder(dirname(path))
  writeAtomically(path, serializeBundle(createBundle(replay)))
}
