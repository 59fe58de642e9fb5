import { haltName } from '../core/halt.ts'
import { bytesToHex, toFixedHex } from '../core/hex.ts'
import type { Decoder } from '../replay/decoder.ts'
import type { PartRun } from '../replay/node-run.ts'
import { stateDiff } from '../replay/state-diff.ts'
import { changedValues, logText, nameLogs } from './replay-details.ts'

/** One thing that comes out otherwise: as it was, and what if. */
export interface Otherwise {
  readonly what: string
  /** Null where there is no such thing. */
  readonly was: string | null
  readonly whatIf: string | null
}

/** What comes out otherwise, in the order of the transactions, and then of what they changed. */
export async function otherwise(was: PartRun, whatIf: PartRun, decoder: Decoder): Promise<Otherwise[]> {
  const [before, after] = [await valuesOf(was, decoder), await valuesOf(whatIf, decoder)]
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((what) => ({ what, was: before.get(what) ?? null, whatIf: after.get(what) ?? null }))
    .filter((each) => each.was !== each.whatIf)
}

/** All that came of a part, as text by name. */
async function valuesOf(part: PartRun, decoder: Decoder): Promise<Map<string, string>> {
  const values = new Map<string, string>()
  for (const outcome of part.transactions) {
    const at = part.transactions.length === 1 ? '' : `transactions[${outcome.index}].`
    if ('passedOver' in outcome) {
      values.set(`${at}passedOver`, outcome.passedOver)
      continue
    }
    const { status, halt, gasUsed, output, logs } = outcome.result
    values.set(`${at}status`, status)
    if (status === 'halt') values.set(`${at}halt`, haltName(halt))
    values.set(`${at}gasUsed`, String(gasUsed))
    if (output.length > 0) values.set(`${at}output`, bytesToHex(output))
    const reason = status === 'revert' ? await decoder.reason(outcome.tx.to ?? 0n, output) : null
    if (reason !== null) values.set(`${at}reason`, reason)
    for (const [i, log] of (await nameLogs(logs, decoder)).entries())
      values.set(`${at}logs[${i}]`, `${toFixedHex(log.log.address, 20)} ${logText(log)}`)
  }
  // Where one of the two leaves a thing as it was found, it is not among its changes; both found the same but for what is overridden.
  for (const diff of stateDiff(part.found, part.changes))
    for (const [name, { before, after }] of changedValues(diff))
      values.set(`${toFixedHex(diff.address, 20)}.${name}`, `${before} → ${after}`)
  return values
}
