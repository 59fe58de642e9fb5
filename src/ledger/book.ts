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
  account: Account
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
    return held && !held.isClosed ? held.account : null
  }

  /** In the order they were first opened in. */
  get accounts(): Account[] {
    return [...this.#accounts.values()].flatMap(({ account, isClosed }) => (isClosed ? [] : [account]))
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
    for (const { account } of [from, to])
      if (account.currency !== currency)
        refuse(`account ${account.name} holds ${account.currency}, not ${currency}`)
    if (depends_on !== null && !this.#transactions.has(depends_on))
      refuse(`depends_on ${depends_on}: no such transaction before it`)
    const nonces = this.#transactions.get(id) ?? ''
    if (hasNonce(nonces, nonce)) refuse(`transaction ${id} with nonce ${nonce}: is there already`)
    this.#checkTime(timestamp)
    const day = Math.floor(timestamp / SECONDS_A_DAY)
    const spent = (from.day === day ? from.spent : 0n) + amount
    checkRules(issued, from, to, amount, spent)
    // A credit lowers what is normally a debit, and the other way about.
    const fromBalance = from.account.balance + (isDebitNormal(from.account.account_type) ? -amount : amount)
    const toBalance = to.account.balance + (isDebitNormal(to.account.account_type) ? amount : -amount)
    checkBalance(from.account, fromBalance)
    checkBalance(to.account, toBalance)
    const change =
      BigInt(isDebitNormal(to.account.account_type)) - BigInt(isDebitNormal(from.account.account_type))
    checkSupply(issued, issued.amount + change * amount)

    const before = { from: { ...from }, to: { ...to }, amount: issued.amount, time: this.lastTimestamp }
    from.account = { ...from.account, balance: fromBalance }
    to.account = { ...to.account, balance: toBalance }
    from.day = day
    from.spent = spent
    if (issued.asset.rules.requires_approval) from.approved -= amount
    issued.amount += change * amount
    this.#transactions.set(id, nonces + nonce)
    this.lastTimestamp = timestamp
    return () => {
      Object.assign(from, before.from)
      Object.assign(to, before.to)
      issued.amount = before.amount
      if (nonces === '') this.#transactions.delete(id)
      else this.#transactions.set(id, nonces)
      this.lastTimestamp = before.time
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

  #open(account: Account): Undo {
    const { name, account_type, currency } = account
    this.#issued(currency)
    const before = this.#accounts.get(name)
    if (!before)
      return put(this.#accounts, name, { account, day: 0, spent: 0n, approved: 0n, isClosed: false })
    if (!before.isClosed) refuse(`account ${name}: is there already`, { account: name })
    if (before.account.account_type !== account_type || before.account.currency !== currency)
      refuse(`account ${name}: was there, of another type or currency`, { account: name })
    return swap(before, { account, approved: 0n, isClosed: false })
  }

  #close(name: string): Undo {
    const held = this.#held(name)
    if (held.account.balance !== 0n)
      refuse(`account ${name}: ${formatAmount(held.account.balance)} ${held.account.currency} are in it`)
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

function checkRules({ asset, listed }: Issued, from: Held, to: Held, amount: bigint, spent: bigint): void {
  const { id, metadata, rules } = asset
  const details = { asset: id }
  const no = (what: string): never => refuse(`asset ${id}: ${what}`, details)
  if (rules.frozen) no('frozen')
  if (amount % 10n ** BigInt(DECIMALS - metadata.decimals) !== 0n)
    no(`${formatAmount(amount)} has more than ${metadata.decimals} decimals`)
  const most = rules.max_transaction_amount
  if (most !== null && amount > most)
    no(`${formatAmount(amount)} is more than max_transaction_amount, ${formatAmount(most)}`)
  if (rules.whitelist_only)
    for (const { account } of [from, to])
      if (!listed.has(account.name)) no(`account ${account.name} is not on its whitelist`)
  if (rules.requires_approval && from.approved < amount)
    no(
      `account ${from.account.name} is approved for ${formatAmount(from.approved)}, not ${formatAmount(amount)}`,
    )
  if (rules.daily_limit !== null && spent > rules.daily_limit)
    no(
      `account ${from.account.name} would spend ${formatAmount(spent)} on the day; daily_limit is ${formatAmount(rules.daily_limit)}`,
    )
}

function checkBalance({ name, balance, currency }: Account, after: bigint): void {
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
