/**
 * Sequences of operations against a model that keeps nothing but what was done, and reckons each answer from all of it
 * anew: whatever is tried, double entry holds, no money comes or goes, and no rule is passed.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ZvmError } from '../core/errors.ts'
import type { AccountType } from './account.ts'
import { type AssetRules, NO_RULES } from './asset.ts'
import { isDoubleEntry, trialBalance } from './audit.ts'
import { Ledger } from './ledger.ts'

const START = 1_700_000_000
const DAY = 86_400
const UNIT = 1_000_000n
const ASSETS = ['A', 'B', 'C'] as const
const ACCOUNTS: readonly (readonly [string, AccountType, string])[] = [
  ...[['a0', 'equity', 'A'] as const, ['a1', 'asset', 'A'] as const, ['a2', 'asset', 'A'] as const],
  ...[['a3', 'liability', 'A'] as const, ['a4', 'expense', 'A'] as const, ['a5', 'revenue', 'A'] as const],
  ...[['b0', 'equity', 'B'] as const, ['b1', 'asset', 'B'] as const, ['b2', 'asset', 'B'] as const],
  ...[['c0', 'equity', 'C'] as const, ['c1', 'asset', 'C'] as const],
]
const SUPPLY: Readonly<Record<string, bigint | null>> = { A: null, B: 30n * UNIT, C: null }
/** Decimals of each asset: amounts are whole multiples of this. */
const STEP: Readonly<Record<string, bigint>> = { A: 1n, B: UNIT, C: 1n }

type Op =
  | { kind: 'transfer'; from: number; to: number; amount: bigint; currency: number; days: number }
  | { kind: 'rules'; asset: number; rules: AssetRules }
  | { kind: 'approve'; account: number; amount: bigint }
  | { kind: 'whitelist'; asset: number; account: number; listed: boolean }
  | { kind: 'close' | 'open'; account: number }
  | { kind: 'retire'; asset: number }
  | { kind: 'rollback'; ops: number }

const amounts = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 20 }).map((n) => BigInt(n) * UNIT) },
  { weight: 1, arbitrary: fc.bigInt({ min: -5n, max: 50n }) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 63n - 1n, 2n ** 63n, 2n ** 62n) },
)
const account = fc.integer({ min: 0, max: ACCOUNTS.length - 1 })
const asset = fc.integer({ min: 0, max: ASSETS.length - 1 })
const rarely = fc.integer({ min: 0, max: 3 }).map((n) => n === 0)
const limit = fc.oneof(
  fc.constant(null),
  amounts.filter((amount) => amount >= 0n && amount < 2n ** 63n),
)
const rules = fc.record({
  ...{ max_transaction_amount: limit, daily_limit: limit },
  ...{ requires_approval: rarely, frozen: rarely, whitelist_only: rarely },
})
/** Mostly between accounts of one asset, as it is useful. */
const transfer = fc
  .record({
    ...{ kind: fc.constant('transfer' as const), from: account, to: account, amount: amounts },
    ...{ currency: fc.integer({ min: 0, max: 20 }), days: fc.constantFrom(0, 0, 0, 0, 0.4, 1) },
  })
  .map((op) => (op.currency === 20 ? op : { ...op, currency: ASSETS.indexOf(ACCOUNTS[op.from][2] as 'A') }))
const operation: fc.Arbitrary<Op> = fc.oneof(
  { weight: 16, arbitrary: transfer },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rules' as const), asset, rules }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('approve' as const),
      account,
      amount: limit.map((n) => n ?? 0n),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('whitelist' as const), asset, account, listed: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('close' as const, 'open' as const), account }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('retire' as const), asset }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('rollback' as const), ops: fc.integer({ min: 1, max: 9 }) }),
  },
)

/** What was done: everything else is reckoned from it. */
type Fact =
  | { kind: 'moved'; from: string; to: string; amount: bigint; day: number; needed: boolean }
  | { kind: 'rules'; asset: string; rules: AssetRules }
  | { kind: 'approved'; account: string; amount: bigint }
  | { kind: 'listed'; asset: string; account: string; listed: boolean }
  | { kind: 'closed' | 'opened'; account: string }
  | { kind: 'retired'; asset: string }

class Model {
  facts: Fact[] = []

  /** Debits less credits of an account. */
  net(name: string): bigint {
    let sum = 0n
    for (const fact of this.facts) {
      if (fact.kind !== 'moved') continue
      if (fact.to === name) sum += fact.amount
      if (fact.from === name) sum -= fact.amount
    }
    return sum
  }

  balance(name: string): bigint {
    const type = typeOf(name)
    return type === 'asset' || type === 'expense' ? this.net(name) : -this.net(name)
  }

  isOpen(name: string): boolean {
    const last = this.facts.findLast(
      (fact) => (fact.kind === 'closed' || fact.kind === 'opened') && fact.account === name,
    )
    return last?.kind !== 'closed'
  }

  rules(id: string): AssetRules {
    const last = this.facts.findLast((fact) => fact.kind === 'rules' && fact.asset === id)
    return last?.kind === 'rules' ? last.rules : NO_RULES
  }

  isRetired(id: string): boolean {
    return this.facts.some((fact) => fact.kind === 'retired' && fact.asset === id)
  }

  isListed(id: string, name: string): boolean {
    const last = this.facts.findLast(
      (fact) => fact.kind === 'listed' && fact.asset === id && fact.account === name,
    )
    return last?.kind === 'listed' && last.listed
  }

  approved(name: string): bigint {
    let left = 0n
    for (const fact of this.facts) {
      if (fact.kind === 'approved' && fact.account === name) left = fact.amount
      if (fact.kind === 'opened' && fact.account === name) left = 0n
      if (fact.kind === 'moved' && fact.from === name && fact.needed) left -= fact.amount
    }
    return left
  }

  spent(name: string, day: number): bigint {
    return this.facts.reduce(
      (sum, fact) =>
        fact.kind === 'moved' && fact.from === name && fact.day === day ? sum + fact.amount : sum,
      0n,
    )
  }

  /** Debit balances of an asset, all accounts together. */
  out(id: string): bigint {
    return ACCOUNTS.filter(
      ([, type, currency]) => currency === id && (type === 'asset' || type === 'expense'),
    ).reduce((sum, [name]) => sum + this.net(name), 0n)
  }

  mayMove(from: string, to: string, amount: bigint, currency: string, day: number): boolean {
    if (from === to || amount <= 0n || amount >= 2n ** 63n) return false
    if (![from, to].every((name) => this.isOpen(name) && currencyOf(name) === currency)) return false
    const { max_transaction_amount, daily_limit, requires_approval, frozen, whitelist_only } =
      this.rules(currency)
    if (frozen || this.isRetired(currency) || amount % STEP[currency] !== 0n) return false
    if (max_transaction_amount !== null && amount > max_transaction_amount) return false
    if (daily_limit !== null && this.spent(from, day) + amount > daily_limit) return false
    if (whitelist_only && !(this.isListed(currency, from) && this.isListed(currency, to))) return false
    if (requires_approval && this.approved(from) < amount) return false
    const after = new Model()
    after.facts = [...this.facts, { kind: 'moved', from, to, amount, day, needed: requires_approval }]
    if ([from, to].some((name) => after.balance(name) < 0n || after.balance(name) >= 2n ** 63n)) return false
    const supply = SUPPLY[currency]
    return supply === null || after.out(currency) <= supply || after.out(currency) <= this.out(currency)
  }
}

const typeOf = (name: string) => ACCOUNTS.find(([other]) => other === name)![1]
const currencyOf = (name: string) => ACCOUNTS.find(([other]) => other === name)![2]

function newLedger(): Ledger {
  const ledger = new Ledger({ key: new Uint8Array(32).fill(1) })
  ledger.begin(START)
  for (const id of ASSETS) {
    const decimals = id === 'B' ? 2 : 8
    const metadata = {
      symbol: id,
      name: id,
      decimals,
      total_supply: SUPPLY[id],
      issuer: 'x',
      created_at: START,
    }
    ledger.record('asset', { asset: { id, asset_type: 'token', metadata, rules: NO_RULES } }, START)
  }
  for (const [name, account_type, currency] of ACCOUNTS)
    ledger.record(
      'account',
      { account: { name, account_type, currency, balance: 0n, created_at: START } },
      START,
    )
  return ledger
}

/** Does an operation on both; whether it was done, which both must say. */
function step(ledger: Ledger, model: Model, op: Op, time: number): void {
  const before = snapshot(ledger)
  const [fact, isAllowed, run] = meaningOf(ledger, model, op, time)
  const error = errorOf(run)
  expect(error === null, `${JSON.stringify(op, plain)}: ${error?.message}`).toBe(isAllowed)
  if (error) {
    expect(error).toBeInstanceOf(ZvmError)
    expect((error as ZvmError).code).toBe('REFUSED')
    expect(snapshot(ledger)).toBe(before)
  } else model.facts.push(fact)
}

function meaningOf(ledger: Ledger, model: Model, op: Op, time: number): [Fact, boolean, () => unknown] {
  switch (op.kind) {
    case 'transfer': {
      const [from, to] = [ACCOUNTS[op.from][0], ACCOUNTS[op.to][0]]
      const currency = ASSETS[op.currency % ASSETS.length]
      const day = Math.floor(time / DAY)
      const draft = {
        timestamp: time,
        amount: op.amount,
        currency,
        from_account: from,
        to_account: to,
        memo: null,
      }
      const nonce = ledger.length.toString(16).padStart(24, '0')
      return [
        { kind: 'moved', from, to, amount: op.amount, day, needed: model.rules(currency).requires_approval },
        model.mayMove(from, to, op.amount, currency, day),
        () => ledger.transfer({ ...draft, nonce }),
      ]
    }
    case 'rules': {
      const id = ASSETS[op.asset]
      const run = () => ledger.record('rules', { asset: id, rules: op.rules }, time)
      return [{ kind: 'rules', asset: id, rules: op.rules }, !model.isRetired(id), run]
    }
    case 'approve': {
      const name = ACCOUNTS[op.account][0]
      const run = () => ledger.record('approve', { account: name, amount: op.amount }, time)
      return [{ kind: 'approved', account: name, amount: op.amount }, model.isOpen(name), run]
    }
    case 'whitelist': {
      const [id, name] = [ASSETS[op.asset], ACCOUNTS[op.account][0]]
      const run = () => ledger.record('whitelist', { asset: id, account: name, listed: op.listed }, time)
      return [{ kind: 'listed', asset: id, account: name, listed: op.listed }, !model.isRetired(id), run]
    }
    case 'close': {
      const name = ACCOUNTS[op.account][0]
      const run = () => ledger.record('close', { account: name }, time)
      return [{ kind: 'closed', account: name }, model.isOpen(name) && model.net(name) === 0n, run]
    }
    case 'open': {
      const [name, account_type, currency] = ACCOUNTS[op.account]
      const account = { name, account_type, currency, balance: 0n, created_at: time }
      const run = () => ledger.record('account', { account }, time)
      return [{ kind: 'opened', account: name }, !model.isOpen(name) && !model.isRetired(currency), run]
    }
    case 'retire': {
      const id = ASSETS[op.asset]
      const run = () => ledger.record('retire', { asset: id }, time)
      return [{ kind: 'retired', asset: id }, !model.isRetired(id) && model.out(id) === 0n, run]
    }
    case 'rollback':
      throw new Error('no step')
  }
}

function errorOf(run: () => unknown): Error | null {
  try {
    run()
    return null
  } catch (error) {
    return error as Error
  }
}

function snapshot({ book, head }: Ledger): string {
  const approved = book.accounts.map(({ name }) => book.approved(name))
  const listed = ASSETS.map((id) => ACCOUNTS.map(([name]) => book.isListed(id, name)))
  const rest = ASSETS.map((id) => [book.issued(id), book.isRetired(id)])
  return JSON.stringify([book.accounts, book.assets, approved, listed, rest, book.lastTimestamp, head], plain)
}

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

describe('any sequence of operations', () => {
  const runs = Number(process.env.ZVM_MODEL_RUNS ?? 150)
  it(`does what the model says, in ${runs} of them`, { timeout: 600_000 }, () => {
    const counts = { done: 0, refused: 0 }
    fc.assert(
      fc.property(fc.array(operation, { minLength: 10, maxLength: 60, size: 'max' }), (ops) => {
        const ledger = newLedger()
        const model = new Model()
        // Money to begin with, or most transfers would only be refused.
        for (const [i, [from, to]] of [
          ['a0', 'a1'],
          ['b0', 'b1'],
          ['c0', 'c1'],
        ].entries())
          step(
            ledger,
            model,
            {
              kind: 'transfer',
              from: indexOf(from),
              to: indexOf(to),
              amount: 20n * UNIT,
              currency: i,
              days: 0,
            },
            START,
          )
        const marks: { length: number; facts: number; state: string; time: number }[] = []
        let time = START
        for (const op of ops) {
          if (op.kind === 'rollback') {
            const mark = marks.splice(Math.max(0, marks.length - op.ops))[0]
            if (!mark) continue
            ledger.rollback(mark.length)
            model.facts.length = mark.facts
            time = mark.time
            expect(snapshot(ledger)).toBe(mark.state)
            continue
          }
          marks.push({ length: ledger.length, facts: model.facts.length, state: snapshot(ledger), time })
          if (op.kind === 'transfer') time += op.days * DAY
          const { length } = model.facts
          step(ledger, model, op, time)
          counts[model.facts.length > length ? 'done' : 'refused']++
        }
        check(ledger, model)
      }),
      { numRuns: runs },
    )
    // Both ways are met often, or the property would say little.
    expect(Math.min(counts.done, counts.refused)).toBeGreaterThan(5 * runs)
  })

  function check(ledger: Ledger, model: Model): void {
    for (const { name, balance } of ledger.book.accounts) expect(balance).toBe(model.balance(name))
    // What is on one side is on the other, and no more is there than came from where money comes from.
    for (const { debits, credits, currency } of trialBalance(ledger)) {
      expect(debits).toBe(credits)
      expect(debits).toBe(model.out(currency))
      expect(ledger.book.issued(currency)).toBe(debits)
    }
    expect(isDoubleEntry(ledger)).toBe(true)
    const again = new Ledger({ key: new Uint8Array(32).fill(1) })
    again.load(new TextEncoder().encode(ledger.openText()), { name: 'j', offset: 0, line: 1 })
    expect(snapshot(again)).toBe(snapshot(ledger))
  }
})

function indexOf(name: string): number {
  return ACCOUNTS.findIndex(([other]) => other === name)
}
