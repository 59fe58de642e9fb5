import { bytesToBareHex } from '../core/hex.ts'
import { refuseValue } from '../core/members.ts'
import { Book, type Undo } from './book.ts'
import { type Digests, plainDigests } from './digests.ts'
import { type Entry, entryText, groupText, makeEntry, settledBy } from './entry.ts'
import { type JournalEnd, type JournalPlace, loadJournal } from './journal.ts'
import { readHex, readTimestamp } from './json.ts'
import {
  KEY_CHECK,
  LEDGER_FORMAT,
  type LedgerRecord,
  makeRecord,
  type RecordFields,
  recordToJson,
  sealedText,
} from './record.ts'
import { refuse } from './refusal.ts'
import {
  isTransactionJson,
  memoFault,
  readTransaction,
  signingBytes,
  type Transaction,
  transactionId,
  transactionToJson,
} from './transaction.ts'

/** What a ledger hashes, seals and signs with. */
export interface LedgerOptions {
  /** Plain ones where nothing is said. */
  readonly digests?: Digests
  /** What entries are sealed with; a ledger that began with a key takes no entry without it. */
  readonly key?: Uint8Array | null
  /** Ed25519 over signing bytes: 64 bytes. Transactions are not signed where nothing is said. */
  readonly sign?: ((message: Uint8Array) => Uint8Array) | null
}

/** What a transaction is made of; the rest is worked out. */
export type TransferDraft = Pick<
  Transaction,
  'timestamp' | 'amount' | 'currency' | 'from_account' | 'to_account' | 'memo' | 'nonce'
> & { readonly depends_on?: string | null }

/**
 * A double-entry ledger over a journal. What is done is open at first: it can be taken back, last first, until what
 * `openText` gives has been kept somewhere and `keep` is told. Knows neither clock nor chance: both come with each call.
 */
export class Ledger {
  readonly book = new Book()
  readonly digests: Digests
  readonly #entries: Entry[] = []
  /** Of entries that are open, the last ones of all. */
  readonly #undos: Undo[] = []
  readonly #sign: LedgerOptions['sign']
  readonly #seal: ((message: Uint8Array) => Uint8Array) | null
  /** Of the key it began with; null for none, and before it has begun. */
  #keyCheck: string | null = null

  constructor({ digests = plainDigests, key = null, sign = null }: LedgerOptions = {}) {
    this.digests = digests
    this.#sign = sign
    this.#seal = key ? digests.hmac(key) : null
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  /** Of the last entry, in hex; empty where there is none. Who has it elsewhere sees whether the end was cut off. */
  get head(): string {
    return this.#entries.at(-1)?.entryHash ?? ''
  }

  /** Whether entries must be sealed. */
  get isSealed(): boolean {
    return this.#keyCheck !== null
  }

  /** Whether the key is there to check seals by, or nothing is sealed. */
  get hasKey(): boolean {
    return this.#seal !== null
  }

  /** Writes the first entry, of a ledger with the key it was given or without one. */
  begin(timestamp: number): void {
    if (this.#entries.length > 0) refuse('the ledger has begun')
    this.#keyCheck = this.sealOf(KEY_CHECK)
    this.record('ledger', { format: LEDGER_FORMAT, key_check: this.#keyCheck }, timestamp)
  }

  /** Does what a record says. Throws REFUSED or VALUE, and nothing has changed. */
  record<Op extends keyof RecordFields>(op: Op, fields: RecordFields[Op], timestamp: number): Entry {
    if (op === 'ledger' && this.#entries.length > 0) refuse('the ledger has begun')
    this.#refuseUnsealed()
    const bare = makeRecord(op, fields, timestamp)
    const integrity_hmac = this.sealOf(new TextEncoder().encode(sealedText(bare)))
    const record = { ...bare, integrity_hmac } as LedgerRecord
    return this.#append(this.book.apply(record), recordToJson(record))
  }

  /** Moves an amount. Throws REFUSED naming the rule or the account, or VALUE, and nothing has changed. */
  transfer(draft: TransferDraft): Transaction {
    this.#refuseUnsealed()
    checkDraft(draft)
    const { timestamp, amount, currency, from_account, to_account, memo, nonce, depends_on = null } = draft
    const message = signingBytes(draft)
    const signature = this.#sign?.(message) ?? null
    const transaction: Transaction = {
      ...{
        id: transactionId(draft, this.digests),
        timestamp,
        amount,
        currency,
        from_account,
        to_account,
        memo,
      },
      ...{
        nonce,
        signature: signature && bytesToBareHex(signature),
        integrity_hmac: this.sealOf(message),
        depends_on,
      },
    }
    this.#append(this.book.transfer(transaction), transactionToJson(transaction))
    return transaction
  }

  /** The HMAC in hex; null without a key. */
  sealOf(message: Uint8Array): string | null {
    return this.#seal && bytesToBareHex(this.#seal(message))
  }

  /** The transaction of an entry, or null where it is a record. */
  transactionOf({ sequence, json }: Entry): Transaction | null {
    return isTransactionJson(json) ? readTransaction(json, `entry ${sequence}`) : null
  }

  /** How many entries there are: a mark that `rollback` goes back to. */
  get length(): number {
    return this.#entries.length
  }

  get openCount(): number {
    return this.#undos.length
  }

  /** Takes back open entries, last first, until so many are left in all. */
  rollback(length: number): void {
    while (this.#entries.length > length) {
      const undo = this.#undos.pop()
      if (!undo) refuse('what has been kept cannot be taken back')
      undo()
      this.#entries.pop()
    }
  }

  /** Open entries as lines of the journal. What a run settled stands in one line with it: half of it cannot be. */
  openText(): string {
    const lines: string[] = []
    const open = this.#entries.slice(this.#entries.length - this.#undos.length)
    for (const entry of open) {
      const settled = settledBy(entry.json)
      const group = settled > 0 ? lines.splice(lines.length - settled) : []
      lines.push(groupText([...group, entryText(entry)]))
    }
    return lines.map((line) => `${line}\n`).join('')
  }

  /** Open entries have been kept. */
  keep(): void {
    this.#undos.length = 0
  }

  /**
   * Takes over what stands in a journal, behind what is there already. Throws JSON, VALUE or MISMATCH naming the first
   * entry that was changed, with its line and byte; what was before it is there then.
   */
  load(bytes: Uint8Array, at: JournalPlace): JournalEnd {
    return loadJournal(this, bytes, at, {
      take: (entry) => this.#entries.push(entry),
      begin: (keyCheck) => {
        this.#keyCheck = keyCheck
      },
    })
  }

  #append(undo: Undo, json: string): Entry {
    const entry = makeEntry(json, this.#entries.at(-1) ?? null, this.digests)
    this.#entries.push(entry)
    this.#undos.push(undo)
    return entry
  }

  #refuseUnsealed(): void {
    if (this.isSealed && !this.#seal) refuse('the ledger is sealed: its key is needed')
  }
}

/** Accounts, currency and amount are for the book to check. */
function checkDraft({ timestamp, nonce, memo }: TransferDraft): void {
  readTimestamp(timestamp, 'timestamp')
  readHex(12)(nonce, 'nonce')
  const fault = memo === null ? null : memoFault(memo)
  if (fault !== null) refuseValue('memo', fault)
}
