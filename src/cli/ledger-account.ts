import { ACCOUNT_TYPES, type AccountType } from '../ledger/account.ts'
import { formatAmount, parseAmount } from '../ledger/amount.ts'
import { exactJson } from '../ledger/json.ts'
import { refuse } from '../ledger/refusal.ts'
import { fromOption, optionalText, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { changeLedger, ledgerOptions, newNonce } from './ledger-store.ts'
import type { Command } from './main.ts'
import { print } from './output.ts'
import { passphraseOptions } from './signature-options.ts'

/** `zvm ledger account`. */
export const openAccount: Command = {
  options: (yargs) =>
    ledgerOptions(yargs)
      .positional('name', { type: 'string', describe: 'Its name' })
      .option('type', text('Which side it is on', { choices: ACCOUNT_TYPES, default: 'asset' }))
      .option('currency', text('Id of the asset it holds', { demandOption: true }))
      .example('$0 ledger account cash --currency USD --ledger books', 'An account of type asset')
      .example(
        '$0 ledger account capital --type equity --currency USD --ledger books',
        'Where money comes from',
      ),

  async run(args) {
    const name = String(args.name)
    const account_type = args.type as AccountType
    const account = await changeLedger(args, (ledger, now) => {
      const account = { name, account_type, balance: 0n, currency: String(args.currency), created_at: now }
      ledger.record('account', { account }, now)
      return account
    })
    print(args.json ? exactJson(account) : `${name}: opened, ${account_type} in ${account.currency}`)
    return EXIT.ok
  },
}

/** `zvm ledger close`. */
export const closeAccount: Command = {
  options: (yargs) =>
    ledgerOptions(yargs)
      .positional('name', { type: 'string', describe: 'The account' })
      .example('$0 ledger close bob --ledger books', 'Close an account that holds nothing'),

  async run(args) {
    const name = String(args.name)
    await changeLedger(args, (ledger, now) => ledger.record('close', { account: name }, now))
    print(args.json ? exactJson({ account: name, closed: true }) : `${name}: closed`)
    return EXIT.ok
  },
}

/** `zvm ledger approve`. */
export const approve: Command = {
  options: (yargs) =>
    ledgerOptions(yargs)
      .positional('name', { type: 'string', describe: 'The account' })
      .option('amount', text('What it may spend from now on', { demandOption: true }))
      .example(
        '$0 ledger approve alice --amount 100 --ledger books',
        'Let alice spend 100, in place of what was',
      ),

  async run(args) {
    const name = String(args.name)
    const amount = fromOption(() => parseAmount(String(args.amount), '--amount'))
    await changeLedger(args, (ledger, now) => ledger.record('approve', { account: name, amount }, now))
    print(
      args.json
        ? exactJson({ account: name, approved: amount })
        : `${name}: may spend ${formatAmount(amount)}`,
    )
    return EXIT.ok
  },
}

/** `zvm ledger transfer`. */
export const transfer: Command = {
  options: (yargs) =>
    passphraseOptions(ledgerOptions(yargs))
      .option('from', text('The account it comes from: credited', { demandOption: true }))
      .option('to', text('The account it goes to: debited', { demandOption: true }))
      .option('amount', text('How much, as 12.5', { demandOption: true }))
      .option('memo', text('A note'))
      .option('depends-on', text('Id of a transaction that must be there'))
      .option('sign-key', text('File with the Ed25519 key that signs it'))
      .example('$0 ledger transfer --from cash --to bob --amount 12.5 --ledger books', 'Move an amount'),

  async run(args) {
    const [from_account, to_account] = [String(args.from), String(args.to)]
    const amount = fromOption(() => parseAmount(String(args.amount), '--amount'))
    const memo = optionalText(args.memo)
    const depends_on = optionalText(args['depends-on'])
    const done = await changeLedger(args, (ledger, now) => {
      const { currency } =
        ledger.book.account(from_account) ??
        refuse(`account ${from_account}: there is none`, { account: from_account })
      const draft = { timestamp: now, amount, currency, from_account, to_account, memo, depends_on }
      const transaction = ledger.transfer({ ...draft, nonce: newNonce() })
      return { sequence: ledger.length - 1, transaction, head: ledger.head }
    })
    const { sequence, transaction, head } = done
    if (args.json) print(exactJson(done))
    else {
      print(
        `entry ${sequence}: ${formatAmount(amount)} ${transaction.currency} from ${from_account} to ${to_account}`,
      )
      print(`id ${transaction.id}, head ${head}`)
    }
    return EXIT.ok
  },
}
