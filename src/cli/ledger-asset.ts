import type { Argv } from 'yargs'
import { formatAmount, parseAmount } from '../ledger/amount.ts'
import { ASSET_TYPES, type AssetRules, type AssetType, NO_RULES } from '../ledger/asset.ts'
import { exactJson } from '../ledger/json.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { refuse } from '../ledger/refusal.ts'
import { flag, fromOption, optionalText, text, wholeNumber } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { changeLedger, ledgerOptions } from './ledger-store.ts'
import type { Arguments, Command } from './main.ts'
import { print } from './output.ts'

const LIMITS = ['max_transaction_amount', 'daily_limit'] as const
const SWITCHES = ['requires_approval', 'frozen', 'whitelist_only'] as const

/** As it is typed: `--daily-limit` for `daily_limit`. */
const optionOf = (rule: string) => rule.replaceAll('_', '-')

function ruleOptions(yargs: Argv): Argv {
  return yargs
    .option('max-transaction-amount', text('The most that one transfer moves; none for no limit'))
    .option('daily-limit', text('The most that leaves an account on a day of UTC; none for no limit'))
    .option('requires-approval', {
      type: 'boolean',
      describe: 'An account spends only what was approved for it',
    })
    .option('frozen', { type: 'boolean', describe: 'Nothing moves' })
    .option('whitelist-only', { type: 'boolean', describe: 'Both accounts must be on the whitelist' })
}

/** The rules with what the options say of them. */
function rulesOf(args: Arguments, before: AssetRules): AssetRules {
  const limit = (rule: (typeof LIMITS)[number]) => {
    const value = optionalText(args[optionOf(rule)])
    if (value === null) return before[rule]
    return value === 'none' ? null : fromOption(() => parseAmount(value, `--${optionOf(rule)}`))
  }
  const isOn = (rule: (typeof SWITCHES)[number]) =>
    (args[optionOf(rule)] as boolean | undefined) ?? before[rule]
  return {
    max_transaction_amount: limit('max_transaction_amount'),
    daily_limit: limit('daily_limit'),
    requires_approval: isOn('requires_approval'),
    frozen: isOn('frozen'),
    whitelist_only: isOn('whitelist_only'),
  }
}

/** `zvm ledger asset`. */
export const addAsset: Command = {
  options: (yargs) =>
    ruleOptions(ledgerOptions(yargs))
      .positional('id', { type: 'string', describe: 'What transactions call it: USD' })
      .option('type', text('What it is', { choices: ASSET_TYPES, default: 'token' }))
      .option('symbol', text('Its symbol (default: its id)'))
      .option('name', text('Its name (default: its id)'))
      .option('decimals', text('Digits after the point that amounts may have', { default: '8' }))
      .option('total-supply', text('The most that may be out (default: no limit)'))
      .option('issuer', text('Who issues it', { default: '' }))
      .example('$0 ledger asset USD --ledger books --type stable --decimals 2', 'An asset without rules')
      .example('$0 ledger asset GOLD --ledger books --daily-limit 100 --whitelist-only', 'One with some'),

  async run(args) {
    const id = String(args.id)
    const supply = optionalText(args['total-supply'])
    const total_supply = supply === null ? null : fromOption(() => parseAmount(supply, '--total-supply'))
    const decimals = wholeNumber(args.decimals, '--decimals', 0, 8)
    const rules = rulesOf(args, NO_RULES)
    const names = {
      symbol: optionalText(args.symbol) ?? id.slice(0, 16),
      name: optionalText(args.name) ?? id,
    }
    const asset = await changeLedger(args, (ledger, now) => {
      const metadata = { ...names, decimals, total_supply, issuer: String(args.issuer), created_at: now }
      ledger.record('asset', { asset: { id, asset_type: args.type as AssetType, metadata, rules } }, now)
      return ledger.book.asset(id)
    })
    print(args.json ? exactJson(asset) : `${id}: added`)
    return EXIT.ok
  },
}

/** Records rules of an asset, made from those it has; where they are the same, shows them alone. */
async function recordRules(args: Arguments, change: (before: AssetRules) => AssetRules): Promise<number> {
  const id = String(args.id)
  const rules = await changeLedger(args, (ledger, now) => {
    const before = assetOf(ledger, id).rules
    const rules = change(before)
    if (exactJson(rules) !== exactJson(before)) ledger.record('rules', { asset: id, rules }, now)
    return rules
  })
  if (args.json) print(exactJson({ asset: id, rules }))
  else
    print(
      `${id}: ${Object.entries(rules)
        .map(
          ([rule, value]) => `${rule} ${typeof value === 'bigint' ? formatAmount(value) : (value ?? 'none')}`,
        )
        .join(', ')}`,
    )
  return EXIT.ok
}

function assetOf({ book }: Ledger, id: string) {
  return book.asset(id) ?? refuse(`asset ${id}: there is none`, { asset: id })
}

/** `zvm ledger rules`. */
export const changeRules: Command = {
  options: (yargs) =>
    ruleOptions(ledgerOptions(yargs))
      .positional('id', { type: 'string', describe: 'The asset' })
      .example('$0 ledger rules USD --ledger books', 'Show them')
      .example('$0 ledger rules USD --ledger books --daily-limit 500', 'Limit what an account spends a day')
      .example('$0 ledger rules USD --ledger books --daily-limit none --frozen=false', 'Take rules away'),
  run: (args) => recordRules(args, (before) => rulesOf(args, before)),
}

function switching(frozen: boolean, example: string): Command {
  return {
    options: (yargs) =>
      ledgerOptions(yargs)
        .positional('id', { type: 'string', describe: 'The asset' })
        .example(
          `$0 ledger ${example} USD --ledger books`,
          frozen ? 'Nothing of it moves' : 'It moves again',
        ),
    run: (args) => recordRules(args, (before) => ({ ...before, frozen })),
  }
}

/** `zvm ledger freeze`, `unfreeze`. */
export const freeze = switching(true, 'freeze')
export const unfreeze = switching(false, 'unfreeze')

/** `zvm ledger whitelist`. */
export const whitelist: Command = {
  options: (yargs) =>
    ledgerOptions(yargs)
      .positional('id', { type: 'string', describe: 'The asset' })
      .option('account', text('The account', { demandOption: true }))
      .option('remove', flag('Take it off the list'))
      .example('$0 ledger whitelist GOLD --account alice --ledger books', 'Let alice hold it'),

  async run(args) {
    const [id, account, listed] = [String(args.id), String(args.account), !args.remove]
    await changeLedger(args, (ledger, now) => {
      if (listed && !ledger.book.account(account)) refuse(`account ${account}: there is none`, { account })
      ledger.record('whitelist', { asset: id, account, listed }, now)
    })
    print(
      args.json
        ? exactJson({ asset: id, account, listed })
        : `${id}: ${account} ${listed ? 'listed' : 'no longer listed'}`,
    )
    return EXIT.ok
  },
}
