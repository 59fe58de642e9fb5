import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { readJsonFile } from '../host/read-file.ts'
import { exactJson } from '../ledger/json.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { type RunReceipt, readRecord } from '../ledger/record.ts'
import { refuse } from '../ledger/refusal.ts'
import { optionalPath, text, wholeNumber } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { lazyCrypto } from './lazy-crypto.ts'
import { ledgerOptions, readLedger } from './ledger-store.ts'
import type { Command } from './main.ts'
import { print } from './output.ts'
import { readBundle, refuseOtherRecord, rerun } from './run-bundle.ts'
import { tableFor, tableOptions } from './table.ts'
import { tableNamed } from './target-table.ts'

/** `zvm ledger verify-run`: exits 1 where the run is not what its receipt says. */
export const verifyRun: Command = {
  options: (yargs) =>
    tableOptions(ledgerOptions(yargs))
      .positional('entry', { type: 'string', describe: 'Number of the receipt' })
      .option('bundle', text('The file that --receipt wrote', { demandOption: true }))
      .example('$0 ledger verify-run 9 --bundle run.json --ledger books', 'Make the run again, and compare'),

  async run(args) {
    const path = optionalPath(args.bundle, '--bundle') as string
    const entry = wholeNumber(args.entry, 'entry', 0, 1e15)
    const receipt = await readLedger(args, (ledger) => receiptOf(ledger, entry))
    const bundle = readBundle(readJsonFile(path), path)
    const chosen = args.table === undefined ? null : await tableFor(args, bundle.target)
    const table = chosen ?? tableNamed(bundle.record.table)
    if (table?.name !== bundle.record.table)
      throw new ZvmError(
        ERROR_CODES.usage,
        `--table: the run is by the table ${bundle.record.table}; name its file`,
      )
    // Whatever the bundle allows: a run that goes on is another.
    const steps = Math.min(bundle.limits.steps, receipt.steps)
    const facts = rerun({ ...bundle, limits: { ...bundle.limits, steps } }, table, path, lazyCrypto)
    const differing = (Object.keys(facts) as (keyof typeof facts)[]).filter(
      (name) => facts[name] !== receipt[name],
    )
    if (differing.length === 0) refuseOtherRecord(bundle.record, facts, path)
    if (args.json)
      print(
        exactJson({
          ...{ entry, valid: differing.length === 0, run: facts },
          differences: differing.map((member) => ({ member, receipt: receipt[member], run: facts[member] })),
        }),
      )
    else if (differing.length === 0)
      print(
        `✓ entry ${entry}: the run again is what its receipt says: ${facts.gas} gas, ${facts.steps} steps, state ${facts.state_root_after}`,
      )
    else
      for (const name of differing)
        print(`✗ entry ${entry}: ${name}: the receipt says ${receipt[name]}, the run ${facts[name]}`)
    return differing.length === 0 ? EXIT.ok : EXIT.failed
  },
}

function receiptOf({ entries }: Ledger, entry: number): RunReceipt {
  const found = entries[entry] ?? refuse(`entry ${entry}: there is none`)
  const record = found.json.startsWith('{"op":"run"') ? readRecord(found.json, `entry ${entry}`) : null
  return record?.op === 'run' ? record.run : refuse(`entry ${entry}: no receipt of a run`)
}
