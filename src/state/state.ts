import type { Host, Log } from '../core/host.ts'
import { EMPTY_CODE_HASH, keccak256 } from '../core/keccak.ts'
import { NO_BYTES } from '../core/message.ts'
import { bytesToBigint } from '../core/word.ts'
import { Account } from './account.ts'
import { type Journaled, type Undo, undo } from './journal.ts'
import { SlotTable } from './slot-table.ts'
import type { AccountChange, Miss, StateSource } from './source.ts'

/**
 * The one cache of accounts and slots over a source, with the journal of changes. Implements what rows and driver
 * see (`Host`) and what a transaction needs around them. Changes stay in the cache until `changes` is applied.
 *
 * When the source has not loaded something, the answer is that of an absent account or zero slot, the miss is noted,
 * and the run is void: its results mean nothing but which keys to load. `rollback` forgets it.
 */
export class State implements Host {
  readonly source: StateSource
  /** What was asked for and not loaded since the last `rollback`. */
  readonly misses: Miss[] = []
  /** The slots of all accounts, the refund counter, the log and the order of all changes. */
  readonly slots = new SlotTable()

  readonly #accounts = new Map<bigint, Account>()
  /** Changes of the running transaction that are no slot's, oldest first. Read by who tells tracers of it. */
  readonly journal: Undo[] = []
  /** Accounts the running transaction may have to clear. */
  readonly #touched = new Set<Account>()
  readonly #destroyed = new Set<Account>()
  // The account and slot met last: the next question is mostly about the same.
  #lastAccount: Account | null = null
  #lastSlot = 0
  #lastKey = 0n
  #lastOwner = 0
  #transientOwners = 1
  /** Number of the last `watch`. */
  #watch = 0
  /** Accounts that are warm from the start of this transaction. They are not met before they are used, nor loaded. */
  warm?: ReadonlyMap<bigint, unknown> | null
  /** Accounts that have slots which are placeholders. */
  readonly #withPlaceholders = new Set<Account>()

  constructor(source: StateSource) {
    this.source = source
  }

  /** Something was not loaded: results mean nothing. */
  get isVoid(): boolean {
    return this.misses.length > 0
  }

  /** Number of the running transaction. */
  #transaction(): number {
    return this.slots.transaction
  }

  // Transactions.

  /** Begins a transaction: original values, warmth, transient storage, logs and refunds start anew. */
  beginTransaction(): void {
    this.journal.length = 0
    this.warm = null
    this.#touched.clear()
    this.#destroyed.clear()
    this.slots.begin()
    this.#lastOwner = 0
  }

  /** Ends a transaction: deletes what destroyed itself and, under EIP-161, what was touched and is empty. */
  endTransaction(clearEmpty: boolean): void {
    this.slots.forget()
    this.journal.length = 0
    for (const account of this.#destroyed)
      if (account.destroyedIn === this.#transaction()) this.#delete(account)
    if (clearEmpty)
      for (const account of this.#touched)
        if (account.touchedIn === this.#transaction() && isEmpty(account)) this.#delete(account)
  }

  /** Forgets a void run: all changes since `beginTransaction` and every placeholder. */
  rollback(): void {
    this.revert(0)
    for (const { storageOwner } of this.#withPlaceholders) this.slots.removePlaceholders(storageOwner)
    this.#withPlaceholders.clear()
    for (const miss of this.misses) if (miss.kind === 'account') this.#drop(miss.address)
    this.misses.length = 0
    this.#lastAccount = null
    this.#lastOwner = 0
  }

  #drop(address: bigint): void {
    const account = this.#accounts.get(address)
    if (account) this.slots.removeAll(account.storageOwner)
    this.#accounts.delete(address)
  }

  // Accounts.

  balance(address: bigint): bigint {
    return this.#account(address).balance
  }

  nonce(address: bigint): bigint {
    return this.#account(address).nonce
  }

  exists(address: bigint): boolean {
    return this.#account(address).exists
  }

  isEmpty(address: bigint): boolean {
    return isEmpty(this.#account(address))
  }

  code(address: bigint): Uint8Array {
    const account = this.#account(address)
    return account.code ?? this.#loadCode(account)
  }

  codeHash(address: bigint): bigint {
    const account = this.#account(address)
    return isEmpty(account) ? 0n : account.codeHash
  }

  collides(address: bigint): boolean {
    const account = this.#account(address)
    if (account.nonce !== 0n || account.codeHash !== EMPTY_CODE_HASH) return true
    for (const slot of this.slotsOf(account)) if (this.slots.current(slot) !== 0n) return true
    if (account.isStorageCleared || !account.wasLoaded) return false
    // Slots that the source has and that are zero by now cannot be: an account without nonce and code runs nothing.
    return this.#known(this.source.anyStorage(address), false, { kind: 'anyStorage', address })
  }

  blockHash(number: bigint): bigint {
    return this.#known(this.source.blockHash(number), 0n, { kind: 'blockHash', number })
  }

  setNonce(address: bigint, nonce: bigint): void {
    const account = this.#touch(address)
    this.#set(account, 'nonce', nonce)
  }

  setCode(address: bigint, code: Uint8Array): void {
    const account = this.#touch(address)
    this.#set(account, 'code', code)
    const hash = code.length === 0 ? EMPTY_CODE_HASH : bytesToBigint(keccak256(code))
    this.#set(account, 'codeHash', hash)
    this.#set(account, 'isCodeChanged', true)
  }

  /** Sets a balance, in wei: fees, rewards, withdrawals. */
  setBalance(address: bigint, balance: bigint): void {
    this.#setBalance(this.#touch(address), balance)
  }

  transfer(from: bigint, to: bigint, valueWei: bigint): void {
    const receiver = this.#touch(to)
    if (valueWei === 0n) return
    const sender = this.#touch(from)
    this.#setBalance(sender, sender.balance - valueWei)
    this.#setBalance(receiver, receiver.balance + valueWei)
  }

  touch(address: bigint): void {
    this.#touch(address)
  }

  createContract(address: bigint, nonce: bigint): void {
    const account = this.#touch(address)
    const { slots } = this
    // The slots are zero now, but one that an access list named stays warm.
    const warm = [...this.slotsOf(account)].filter((slot) => slots.isWarm(slot))
    this.#set(account, 'createdIn', this.#transaction())
    this.#set(account, 'isStorageCleared', true)
    this.#set(account, 'storageOwner', 0)
    for (const slot of warm) slots.warm(slots.add(this.#ownerOf(account), slots.key(slot)))
    if (nonce !== account.nonce) this.setNonce(address, nonce)
  }

  isCreated(address: bigint): boolean {
    return this.#account(address).createdIn === this.#transaction()
  }

  destroy(address: bigint): boolean {
    const account = this.#touch(address)
    this.#setBalance(account, 0n)
    if (account.destroyedIn === this.#transaction()) return false
    this.#set(account, 'destroyedIn', this.#transaction())
    this.#destroyed.add(account)
    return true
  }

  // Storage.

  storage(address: bigint, key: bigint): bigint {
    return this.slots.current(this.#slot(address, key))
  }

  originalStorage(address: bigint, key: bigint): bigint {
    return this.slots.original(this.#slot(address, key))
  }

  setStorage(address: bigint, key: bigint, value: bigint): void {
    this.slots.setCurrent(this.#slot(address, key), value)
  }

  transient(address: bigint, key: bigint): bigint {
    return this.slots.current(this.#transient(address, key))
  }

  setTransient(address: bigint, key: bigint, value: bigint): void {
    this.slots.setCurrent(this.#transient(address, key), value)
  }

  /** Asks the source for a slot that generated code has added. */
  loadSlot(address: bigint, slot: number): void {
    this.#load(this.#account(address), slot, this.slots.key(slot))
  }

  /** What the account's slots in the table are filed under now, and its transient ones. */
  storageOwner(address: bigint): number {
    return this.#ownerOf(this.#account(address))
  }

  transientOwner(address: bigint): number {
    return this.#account(address).transientOwner
  }

  // Access sets, log, refunds, journal.

  /** What is met from here on is in `touched`. */
  watch(): void {
    this.#watch++
    this.#lastAccount = null
  }

  /** The accounts met since `watch`, in the order of first access ever. */
  met(): Account[] {
    return [...this.#accounts.values()].filter(({ metIn }) => metIn === this.#watch)
  }

  /** Warms a slot that an access list names, which is not to meet it. */
  listSlot(address: bigint, key: bigint): void {
    this.warmSlot(address, key)
    this.slots.unmeet(this.#lastSlot)
    this.#lastOwner = 0
  }

  warmAddress(address: bigint): boolean {
    const account = this.#account(address)
    if (account.warmIn === this.#transaction() || this.warm?.has(address)) return false
    this.#record(account, 'warmIn', account.warmIn)
    account.warmIn = this.#transaction()
    return true
  }

  warmSlot(address: bigint, key: bigint): boolean {
    return this.slots.warm(this.#slot(address, key))
  }

  /** The log of the running transaction, oldest first; valid until the next change. */
  get logs(): readonly Log[] {
    return this.slots.logs
  }

  log(log: Log): void {
    this.slots.addLog(log)
  }

  get refund(): number {
    return this.slots.refund
  }

  addRefund(gas: number): void {
    this.slots.addRefund(gas)
  }

  checkpoint(): number {
    return this.slots.checkpoint()
  }

  revert(checkpoint: number): void {
    this.slots.revert(checkpoint, this.#undoLast)
  }

  onRevert(undo: () => void): void {
    this.slots.recordOther()
    this.journal.push(undo)
  }

  /** Takes back the change that was recorded last of those that are no slot's. */
  readonly #undoLast = (): void => undo(this.journal.pop()!)

  /** Records a field of an account before it is changed. */
  #record<F extends Journaled>(account: Account, field: F, before: Account[F]): void {
    this.slots.recordOther()
    this.journal.push({ account, field, before })
  }

  /** Changes a field of an account, one that few messages change. */
  #set<F extends Journaled>(account: Account, field: F, value: Account[F]): void {
    this.#record(account, field, account[field])
    account[field] = value
  }

  #setBalance(account: Account, balance: bigint): void {
    this.#record(account, 'balance', account.balance)
    account.balance = balance
  }

  // Results.

  /** Every account that differs from the source, in the order of first access. */
  *changes(): Iterable<AccountChange> {
    for (const account of this.#accounts.values()) {
      const slots = new Map<bigint, bigint>()
      for (const slot of this.slotsOf(account))
        if (this.slots.isChanged(slot)) slots.set(this.slots.key(slot), this.slots.current(slot))
      const { address, isStorageCleared, nonce, balance, codeHash } = account
      const record = account.exists ? { nonce, balance, codeHash } : null
      if (!record && !account.wasLoaded) continue
      const code = account.isCodeChanged ? { code: account.code ?? NO_BYTES } : {}
      yield { address, account: record, isStorageCleared, slots, ...code }
    }
  }

  #account(address: bigint): Account {
    const last = this.#lastAccount
    if (last !== null && last.address === address) return last
    const account = this.#accounts.get(address) ?? this.#loadAccount(address)
    account.metIn = this.#watch
    this.#lastAccount = account
    return account
  }

  #loadAccount(address: bigint): Account {
    const record = this.#known(this.source.account(address), null, { kind: 'account', address })
    const account = new Account(address, record, this.#transientOwners)
    this.#transientOwners += 2
    this.#accounts.set(address, account)
    return account
  }

  #loadCode(account: Account): Uint8Array {
    const { address, codeHash } = account
    const code = this.source.code(address, codeHash)
    if (code !== undefined) account.code = code
    return this.#known(code, NO_BYTES, { kind: 'code', address, codeHash })
  }

  /** What the source has answered, or where it has not loaded that, what stands for it; the miss is noted then. */
  #known<T>(answer: T | undefined, placeholder: T, miss: Miss): T {
    if (answer !== undefined) return answer
    this.misses.push(miss)
    return placeholder
  }

  #ownerOf(account: Account): number {
    if (account.storageOwner === 0) {
      const { isStorageCleared, wasLoaded, address } = account
      const isZero = isStorageCleared || !wasLoaded || this.source.anyStorage(address) === false
      account.storageOwner = this.slots.addOwner(isZero)
    }
    return account.storageOwner
  }

  /** The slots of an account that are in the table, in the order they were met. */
  *slotsOf({ storageOwner }: Account): Iterable<number> {
    if (storageOwner === 0) return
    for (let slot = this.slots.next(storageOwner); slot !== 0; slot = this.slots.next(slot)) yield slot
  }

  #slot(address: bigint, key: bigint): number {
    const account = this.#account(address)
    const owner = this.#ownerOf(account)
    if (this.#lastOwner === owner && this.#lastKey === key) return this.#lastSlot
    const slot = this.slots.find(owner, key) || this.#addSlot(account, key)
    this.slots.stamp(slot)
    return this.#met(owner, key, slot)
  }

  #transient(address: bigint, key: bigint): number {
    const owner = this.#account(address).transientOwner
    if (this.#lastOwner === owner && this.#lastKey === key) return this.#lastSlot
    return this.#met(owner, key, this.slots.find(owner, key) || this.slots.add(owner, key))
  }

  #met(owner: number, key: bigint, slot: number): number {
    this.#lastOwner = owner
    this.#lastKey = key
    this.#lastSlot = slot
    return slot
  }

  #addSlot(account: Account, key: bigint): number {
    const slot = this.slots.add(account.storageOwner, key)
    if (!this.slots.isZero(account.storageOwner)) this.#load(account, slot, key)
    return slot
  }

  #load(account: Account, slot: number, key: bigint): void {
    const { address } = account
    const value = this.source.storage(address, key)
    if (value !== undefined) {
      this.slots.load(slot, value)
      return
    }
    this.misses.push({ kind: 'storage', address, key })
    this.slots.markPlaceholder(slot)
    this.#withPlaceholders.add(account)
  }

  #touch(address: bigint): Account {
    const account = this.#account(address)
    if (!account.exists) {
      this.#set(account, 'exists', true)
    }
    if (account.touchedIn !== this.#transaction()) {
      this.#record(account, 'touchedIn', account.touchedIn)
      account.touchedIn = this.#transaction()
      this.#touched.add(account)
    }
    return account
  }

  #delete(account: Account): void {
    account.exists = false
    account.nonce = 0n
    account.balance = 0n
    account.code = NO_BYTES
    account.codeHash = EMPTY_CODE_HASH
    account.isCodeChanged = true
    account.isStorageCleared = true
    this.slots.removeAll(account.storageOwner)
    account.storageOwner = 0
    this.#lastOwner = 0
  }
}

function isEmpty(account: Account): boolean {
  return account.nonce === 0n && account.balance === 0n && account.codeHash === EMPTY_CODE_HASH
}
