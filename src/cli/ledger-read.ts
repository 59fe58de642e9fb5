import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { writeAtomically } from '../host/write-file.ts'
import { formatAmount } from '../ledger/amount.ts'
import { trialBalance } from '../ledger/audit.ts'
import { type Entry, entryText } from '../ledger/entry.ts'
import { exportCsv, exportJson } from '../ledger/export.ts'
import { exactJson } from '../ledger/json.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { readRecord } from '../ledger/record.ts'
import { refuse } from '../ledger/refusal.ts'
import { optionalPath, optionalText, text, wholeNumber } from './arguments.ts'
import { columns } from './columns.ts'
import { EXIT } from './exit-codes.ts'
import { ledgerOptions, readLedger } from './ledger-store.ts'
import type { Command } from './main.ts'
import { counted, oneLine, print, takeStdout } from './output.ts'

/** `zvm ledger balance`: amounts in JSON are units of 1e-8, as in the journal. */
export const balance: Command = {
  options: (yargs) =>
    ledgerOptions(yargs)
      .positional('name', { type: 'string', describe: 'The account; all where none is named' })
      .example('$0 ledger balance --ledger books', 'All accounts')
      .example('$0 ledger balance bob --ledger books --json', 'One, with all that is known of it'),

  async run(args) {
    const name = optionalText(args.name)
    const accounts = await readLedger(args, ({ book }) => {
      if (name === null) return book.accounts
      return [book.account(name) ?? refuse(`account ${name}: there is none`, { account: name })]
    })
    if (args.json) print(exactJson(name === null ? { accounts } : accounts[0]))
    else if (accounts.length === 0) print('no accounts')
    else if (name !== null) print(`${formatAmount(accounts[0].balance)} ${accounts[0].currency}`)
    else
      for (const line of columns(
        accounts.map((each) => [
          each.name,
          `${each.account_type}`.padEnd(9),
          `${formatAmount(each.balance)} ${each.currency}`,
        ]),
      ))
        print(line)
    return EXIT.ok
  },
}

/** `zvm ledger list`. */
export const list: Command = {
  options: (yargs) =>
    ledgerOptions(yargs)
      .option('account', text('Only transactions of this account'))
      .option('last', text('Only so many, the last ones'))
      .example('$0 ledger list --ledger books --account bob', 'What bob got and gave')
      .example('$0 ledger list --ledger books --last 10 --json', 'Entries as they stand in the journal'),

  async run(args) {
    const account = optionalText(args.account)
    const last = args.last === undefined ? null : wholeNumber(args.last, '--last', 0, 1e9)
    await readLedger(args, (ledger) => {
      const all = ledger.entries.filter((entry) => account === null || isOf(ledger, entry, account))
      const shown = last === null ? all : all.slice(Math.max(0, all.length - last))
      if (args.json) print(`{"entries":[${shown.map(entryText).join(',')}]}`)
      else for (const entry of shown) print(oneLine(lineOf(ledger, entry)))
    })
    return EXIT.ok
  },
}

function isOf(ledger: Ledger, entry: Entry, account: string): boolean {
  const transaction = ledger.transactionOf(entry)
  return transaction !== null && [transaction.from_account, transaction.to_account].includes(account)
}

function lineOf(ledger: Ledger, entry: Entry): string {
  const transaction = ledger.transactionOf(entry)
  const time = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000', '')
  const number = String(entry.sequence).padStart(6)
  if (transaction) {
    const { timestamp, amount, currency, from_account, to_account, memo, id } = transaction
    const note = memo === null ? '' : ` ${JSON.stringify(memo)}`
    return `${number} ${time(timestamp)} ${formatAmount(amount)} ${currency} ${from_account} → ${to_account} (${id})${note}`
  }
  const { op, timestamp, integrity_hmac: _, ...fields } = readRecord(entry.json, `entry ${entry.sequence}`)
  return `${number} ${time(timestamp)} ${op} ${exactJson(fields)}`
}

/** `zvm ledger trial-balance`: exits 1 where the sides of an asset differ, which no ledger that verifies has. */
export const trialBalances: Command = {
  options: (yargs) =>
    ledgerOptions(yargs).example(
      '$0 ledger trial-balance --ledger books',
      'Debits and credits of each asset',
    ),

  async run(args) {
    const sides = await readLedger(args, trialBalance)
    const isEven = sides.every(({ debits, credits }) => debits === credits)
    if (args.json) print(exactJson({ balanced: isEven, assets: sides }))
    else
      for (const { currency, debits, credits } of sides)
        print(
          `${currency}: debits ${formatAmount(debits)}, credits ${formatAmount(credits)}: ${debits === credits ? 'balanced' : 'NOT BALANCED'}`,
        )
    return isEven ? EXIT.ok : EXIT.failed
  },
}

/** `zvm ledger export`. */
export const exportLedger: Command = {
  options: (yargs) =>
    ledgerOptions(yargs)
      .option('format', text('What to write', { choices: ['json', 'csv'], default: 'json' }))
      .option('o', text('File to write to (default: stdout)', { alias: 'out' }))
      .example(
        '$0 ledger export --ledger books --format csv -o transactions.csv',
        'Transactions for a spreadsheet',
      ),

  async run(args) {
    const path = optionalPath(args.o, '-o')
    if (args.json && path === null)
      throw new ZvmError(ERROR_CODES.usage, '--json: needs -o, since the export itself goes to stdout')
    const { content, count } = await readLedger(args, (ledger) => ({
      content: args.format === 'csv' ? exportCsv(ledger) : exportJson(ledger),
      count: ledger.length,
    }))
    if (path === null) takeStdout()(content)
    else {
      writeAtomically(path, content)
      print(
        args.json
          ? exactJson({ path, entries: count })
          : `${path}: ${counted(count, 'entry').replace('entrys', 'entries')}`,
      )
    }
    return EXIT.ok
  },
}
