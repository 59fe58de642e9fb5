import { type Account, isDebitNormal } from './account.ts'
import { DECIMALS, formatAmount, MAX_AMOUNT } from './amount.ts'
import type { Asset } from './asset.ts'
import type { LedgerRecord } from './record.ts'
import { refuse } from './refusal.ts'
import type { Transaction } from './transaction.ts'

/** Takes back one change; called last first. */
export type Undo = () => void

/** An account and what its asset's rules reckon by. */
interface Held {
  readonly name: string
  readonly account_type: Account['account_type']
  readonly currency: string
  readonly isDebit: boolean
  created_at: number
  balance: bigint
  /** The day of UTC, counted from 1970, of what was last spent, and how much on it. */
  day: number
  spent: bigint
  /** What it may still spend where approval is required. */
  approved: bigint
  /** It is kept all the same: opened again on that day, it has spent what it had. */
  isClosed: boolean
}

interface Issued {
  asset: Asset
  /** What accounts hold on the debit side: the same as on the credit side. */
  amount: bigint
  readonly listed: Set<string>
  isRetired: boolean
}

/** A topic of the consensus service, and the count of messages in it. */
export interface Topic {
  readonly owner: string
  readonly data: string
  readonly messages: number
  readonly isClosed: boolean
}

const SECONDS_A_DAY = 86_400

/**
 * What a ledger holds, as its entries made it. Each is checked against every rule before it changes anything, be it new
 * or read from a file: throws REFUSED, and nothing has changed. Knows no clock: days are those of the entries.
 */
export class Book {
  readonly #accounts = new Map<string, Held>()
  readonly #assets = new Map<string, Issued>()
  readonly #topics = new Map<string, Topic>()
  /** Account and spender → what may be taken. */
  readonly #allowances = new Map<string, bigint>()
  /** Ids of transactions → their nonces, one after the other. */
  readonly #transactions = new Map<string, string>()
  /** Unix seconds of the last entry: none is before it, or a day that has gone could be had again. */
  lastTimestamp = 0

  account(name: string): Account | null {
    const held = this.#accounts.get(name)
    return held && !held.isClosed ? accountOf(held) : null
  }

  /** In the order they were first opened in. */
  get accounts(): Account[] {
    return [...this.#accounts.values()].flatMap((held) => (held.isClosed ? [] : [accountOf(held)]))
  }

  asset(id: string): Asset | null {
    return this.#assets.get(id)?.asset ?? null
  }

  get assets(): Asset[] {
    return [...this.#assets.values()].map(({ asset }) => asset)
  }

  /** What of an asset is out, in units of 1e-8. */
  issued(id: string): bigint {
    return this.#assets.get(id)?.amount ?? 0n
  }

  isListed(id: string, account: string): boolean {
    return this.#assets.get(id)?.listed.has(account) ?? false
  }

  isRetired(id: string): boolean {
    return this.#assets.get(id)?.isRetired ?? false
  }

  /** What an account may still spend of an asset that requires approval. */
  approved(name: string): bigint {
    return this.account(name) ? (this.#accounts.get(name)?.approved ?? 0n) : 0n
  }

  allowance(account: string, spender: string): bigint {
    return this.#allowances.get(allowanceKey(account, spender)) ?? 0n
  }

  topic(name: string): Topic | null {
    return this.#topics.get(name) ?? null
  }

  /** Whether a transaction of this id is there. */
  hasTransaction(id: string): boolean {
    return this.#transactions.has(id)
  }

  /** Moves what a transaction says, if every rule allows it. */
  transfer(transaction: Transaction): Undo {
    const { id, timestamp, amount, currency, from_account, to_account, nonce, depends_on } = transaction
    const from = this.#held(from_account)
    const to = this.#held(to_account)
    const issued = this.#issued(currency)
    if (amount <= 0n || amount > MAX_AMOUNT) refuse(`amount ${amount}: not above 0 and below 2^63`)
    if (from === to) refuse(`${from_account}: the same account on both sides`)
    if (from.currency !== currency) refuse(`account ${from_account} holds ${from.currency}, not ${currency}`)
    if (to.currency !== currency) refuse(`account ${to_account} holds ${to.currency}, not ${currency}`)
    if (depends_on !== null && !this.#transactions.has(depends_on))
      refuse(`depends_on ${depends_on}: no such transaction before it`)
    const nonces = this.#transactions.get(id) ?? ''
    if (hasNonce(nonces, nonce)) refuse(`transaction ${id} with nonce ${nonce}: is there already`)
    this.#checkTime(timestamp)
    const day = Math.floor(timestamp / SECONDS_A_DAY)
    const spent = (from.day === day ? from.spent : 0n) + amount
    checkRules(issued, from, to, amount, spent)
    // A credit lowers what is normally a debit, and the other way about.
    const fromBalance = from.balance + (from.isDebit ? -amount : amount)
    const toBalance = to.balance + (to.isDebit ? amount : -amount)
    checkBalance(from, fromBalance)
    checkBalance(to, toBalance)
    const out = from.isDebit === to.isDebit ? issued.amount : issued.amount + (to.isDebit ? amount : -amount)
    checkSupply(issued, out)

    const { balance: fromBefore, day: dayBefore, spent: spentBefore, approved: approvedBefore } = from
    const [toBefore, outBefore, timeBefore] = [to.balance, issued.amount, this.lastTimestamp]
    from.balance = fromBalance
    to.balance = toBalance
    from.day = day
    from.spent = spent
    if (issued.asset.rules.requires_approval) from.approved -= amount
    issued.amount = out
    this.#transactions.set(id, nonces + nonce)
    this.lastTimestamp = timestamp
    return () => {
      from.balance = fromBefore
      to.balance = toBefore
      from.day = dayBefore
      from.spent = spentBefore
      from.approved = approvedBefore
      issued.amount = outBefore
      if (nonces === '') this.#transactions.delete(id)
      else this.#transactions.set(id, nonces)
      this.lastTimestamp = timeBefore
    }
  }

  /** Does what a record says. */
  apply(record: LedgerRecord): Undo {
    this.#checkTime(record.timestamp)
    const undo = this.#change(record)
    const before = this.lastTimestamp
    this.lastTimestamp = record.timestamp
    return () => {
      undo()
      this.lastTimestamp = before
    }
  }

  #change(record: LedgerRecord): Undo {
    switch (record.op) {
      case 'ledger':
      case 'run':
        return () => {}
      case 'asset':
        return this.#addAsset(record.asset)
      case 'account':
        return this.#open(record.account)
      case 'close':
        return this.#close(record.account)
      case 'rules': {
        const issued = this.#issued(record.asset)
        return swap(issued, { asset: { ...issued.asset, rules: record.rules } })
      }
      case 'describe': {
        const issued = this.#issued(record.asset)
        const { symbol, name } = record
        return swap(issued, {
          asset: { ...issued.asset, metadata: { ...issued.asset.metadata, symbol, name } },
        })
      }
      case 'retire': {
        const issued = this.#issued(record.asset)
        if (issued.amount > 0n) refuse(`asset ${record.asset}: ${formatAmount(issued.amount)} of it are out`)
        return swap(issued, { isRetired: true })
      }
      case 'approve':
        return swap(this.#held(record.account), { approved: record.amount })
      case 'whitelist':
        return this.#list(record.asset, record.account, record.listed)
      case 'allow': {
        this.#held(record.account)
        return put(this.#allowances, allowanceKey(record.account, record.spender), record.amount)
      }
      case 'topic': {
        if (this.#topics.has(record.topic)) refuse(`topic ${record.topic}: is there already`)
        const topic = { owner: record.owner, data: '', messages: 0, isClosed: false }
        return put(this.#topics, record.topic, topic)
      }
      case 'topic_update':
        return put(this.#topics, record.topic, { ...this.#topic(record.topic), data: record.data })
      case 'topic_close':
        return put(this.#topics, record.topic, { ...this.#topic(record.topic), isClosed: true })
      case 'message': {
        const topic = this.#topic(record.topic)
        if (record.number !== topic.messages + 1)
          refuse(`topic ${record.topic}: message ${record.number} cannot follow message ${topic.messages}`)
        return put(this.#topics, record.topic, { ...topic, messages: record.number })
      }
    }
  }

  #addAsset(asset: Asset): Undo {
    if (this.#assets.has(asset.id)) refuse(`asset ${asset.id}: is there already`)
    const issued = { asset, amount: 0n, listed: new Set<string>(), isRetired: false }
    return put(this.#assets, asset.id, issued)
  }

  #open({ name, account_type, currency, created_at }: Account): Undo {
    this.#issued(currency)
    const before = this.#accounts.get(name)
    if (!before)
      return put(this.#accounts, name, {
        ...{ name, account_type, currency, isDebit: isDebitNormal(account_type), created_at, balance: 0n },
        ...{ day: 0, spent: 0n, approved: 0n, isClosed: false },
      })
    if (!before.isClosed) refuse(`account ${name}: is there already`, { account: name })
    if (before.account_type !== account_type || before.currency !== currency)
      refuse(`account ${name}: was there, of another type or currency`, { account: name })
    return swap(before, { created_at, approved: 0n, isClosed: false })
  }

  #close(name: string): Undo {
    const held = this.#held(name)
    if (held.balance !== 0n)
      refuse(`account ${name}: ${formatAmount(held.balance)} ${held.currency} are in it`, { account: name })
    return swap(held, { isClosed: true })
  }

  #list(id: string, account: string, listed: boolean): Undo {
    const { listed: all } = this.#issued(id)
    const was = all.has(account)
    if (listed) all.add(account)
    else all.delete(account)
    return () => void (was ? all.add(account) : all.delete(account))
  }

  #held(name: string): Held {
    const held = this.#accounts.get(name)
    return held && !held.isClosed ? held : refuse(`account ${name}: there is none`, { account: name })
  }

  #issued(id: string): Issued {
    const issued = this.#assets.get(id) ?? refuse(`asset ${id}: there is none`, { asset: id })
    return issued.isRetired ? refuse(`asset ${id}: is retired`, { asset: id }) : issued
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name) ?? refuse(`topic ${name}: there is none`)
    return topic.isClosed ? refuse(`topic ${name}: is closed`) : topic
  }

  #checkTime(timestamp: number): void {
    if (timestamp < this.lastTimestamp)
      refuse(`timestamp ${timestamp}: before that of the last entry, ${this.lastTimestamp}`)
  }
}

function accountOf({ name, account_type, balance, currency, created_at }: Held): Account {
  return { name, account_type, balance, currency, created_at }
}

function checkRules({ asset, listed }: Issued, from: Held, to: Held, amount: bigint, spent: bigint): void {
  const { id, metadata, rules } = asset
  const details = { asset: id }
  const no = (what: string): never => refuse(`asset ${id}: ${what}`, details)
  if (rules.frozen) no('frozen')
  if (metadata.decimals < DECIMALS && amount % 10n ** BigInt(DECIMALS - metadata.decimals) !== 0n)
    no(`${formatAmount(amount)} has more than ${metadata.decimals} decimals`)
  const most = rules.max_transaction_amount
  if (most !== null && amount > most)
    no(`${formatAmount(amount)} is more than max_transaction_amount, ${formatAmount(most)}`)
  if (rules.whitelist_only)
    for (const { name } of [from, to]) if (!listed.has(name)) no(`account ${name} is not on its whitelist`)
  if (rules.requires_approval && from.approved < amount)
    no(`account ${from.name} is approved for ${formatAmount(from.approved)}, not ${formatAmount(amount)}`)
  if (rules.daily_limit !== null && spent > rules.daily_limit)
    no(
      `account ${from.name} would spend ${formatAmount(spent)} on the day; daily_limit is ${formatAmount(rules.daily_limit)}`,
    )
}

function checkBalance({ name, balance, currency }: Held, after: bigint): void {
  if (after < 0n)
    refuse(
      `account ${name}: ${formatAmount(balance)} ${currency} are in it, ${formatAmount(balance - after)} are wanted`,
      {
        account: name,
      },
    )
  if (after > MAX_AMOUNT) refuse(`account ${name}: its balance would pass 2^63 - 1 units`, { account: name })
}

function checkSupply({ asset, amount: before }: Issued, after: bigint): void {
  const { total_supply: supply } = asset.metadata
  if (supply !== null && after > supply && after > before)
    refuse(
      `asset ${asset.id}: ${formatAmount(after)} would be out; its total_supply is ${formatAmount(supply)}`,
      {
        asset: asset.id,
      },
    )
}

const NONCE_CHARACTERS = 24

function hasNonce(nonces: string, nonce: string): boolean {
  for (let at = nonces.indexOf(nonce); at >= 0; at = nonces.indexOf(nonce, at + 1))
    if (at % NONCE_CHARACTERS === 0) return true
  return false
}

function allowanceKey(account: string, spender: string): string {
  return `${account} ${spender}`
}

/** Sets members, and gives what sets them back. */
function swap<T extends object>(target: T, members: Partial<T>): Undo {
  const before = { ...target }
  Object.assign(target, members)
  return () => void Object.assign(target, before)
}

function put<K, V>(map: Map<K, V>, key: K, value: V): Undo {
  const before = map.get(key)
  map.set(key, value)
  return () => void (before === undefined ? map.delete(key) : map.set(key, before))
}
