import type { Host, Log } from '../core/host.ts'
import { EMPTY_CODE_HASH, keccak256 } from '../core/keccak.ts'
import { bytesToBigint } from '../core/word.ts'
import { Account, type Slot } from './account.ts'
import { type Undo, undo } from './journal.ts'
import type { AccountChange, Miss, StateSource } from './source.ts'

const NO_CODE = new Uint8Array(0)

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
  readonly logs: Log[] = []
  /** Gas to give back, before the cap. */
  refund = 0

  readonly #accounts = new Map<bigint, Account>()
  readonly #journal: Undo[] = []
  #transaction = 0
  /** Accounts the running transaction may have to clear. */
  readonly #touched = new Set<Account>()
  readonly #destroyed = new Set<Account>()
  readonly #withTransient = new Set<Account>()
  // The account and slot met last: the next question is mostly about the same.
  #lastAccount: Account | null = null
  #lastSlot: Slot | null = null
  #lastSlotOwner: Account | null = null
  readonly #placeholderSlots: [Account, Slot][] = []

  constructor(source: StateSource) {
    this.source = source
  }

  /** Something was not loaded: results mean nothing. */
  get isVoid(): boolean {
    return this.misses.length > 0
  }

  // Transactions.

  /** Begins a transaction: original values, warmth, transient storage, logs and refunds start anew. */
  beginTransaction(): void {
    this.#transaction++
    this.#journal.length = 0
    this.#touched.clear()
    this.#destroyed.clear()
    for (const account of this.#withTransient) account.transient = null
    this.#withTransient.clear()
    this.logs.length = 0
    this.refund = 0
  }

  /** Ends a transaction: deletes what destroyed itself and, under EIP-161, what was touched and is empty. */
  endTransaction(clearEmpty: boolean): void {
    for (const account of this.#destroyed)
      if (account.destroyedIn === this.#transaction) this.#delete(account)
    if (clearEmpty)
      for (const account of this.#touched)
        if (account.touchedIn === this.#transaction && isEmpty(account)) this.#delete(account)
    this.#journal.length = 0
  }

  /** Forgets a void run: all changes since `beginTransaction` and every placeholder. */
  rollback(): void {
    this.revert(0)
    for (const [account, slot] of this.#placeholderSlots) account.slots.delete(slot.key)
    this.#placeholderSlots.length = 0
    for (const miss of this.misses) if (miss.kind === 'account') this.#accounts.delete(miss.address)
    this.misses.length = 0
    this.#lastAccount = null
    this.#lastSlotOwner = null
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
    for (const slot of account.slots.values()) if (slot.current !== 0n) return true
    if (account.isStorageCleared || !account.wasLoaded) return false
    // Slots that the source has and that are zero by now cannot be: an account without nonce and code runs nothing.
    const any = this.source.anyStorage(address)
    if (any === undefined) this.misses.push({ kind: 'anyStorage', address })
    return any ?? false
  }

  blockHash(number: bigint): bigint {
    const hash = this.source.blockHash(number)
    if (hash === undefined) this.misses.push({ kind: 'blockHash', number })
    return hash ?? 0n
  }

  setNonce(address: bigint, nonce: bigint): void {
    const account = this.#touch(address)
    this.#journal.push({ kind: 'nonce', account, before: account.nonce })
    account.nonce = nonce
  }

  setCode(address: bigint, code: Uint8Array): void {
    const account = this.#touch(address)
    const { code: before, codeHash: hash, isCodeChanged: isChanged } = account
    this.#journal.push({ kind: 'code', account, code: before, hash, isChanged })
    account.code = code
    account.codeHash = code.length === 0 ? EMPTY_CODE_HASH : bytesToBigint(keccak256(code))
    account.isCodeChanged = true
  }

  /** Sets a balance, in wei: fees, rewards, withdrawals. */
  setBalance(address: bigint, balance: bigint): void {
    const account = this.#touch(address)
    this.#changeBalance(account, balance)
  }

  transfer(from: bigint, to: bigint, valueWei: bigint): void {
    const receiver = this.#touch(to)
    if (valueWei === 0n) return
    const sender = this.#touch(from)
    this.#changeBalance(sender, sender.balance - valueWei)
    this.#changeBalance(receiver, receiver.balance + valueWei)
  }

  touch(address: bigint): void {
    this.#touch(address)
  }

  createContract(address: bigint, nonce: bigint): void {
    const account = this.#touch(address)
    const { createdIn: before, isStorageCleared: isCleared } = account
    this.#journal.push({ kind: 'create', account, before, isCleared, slots: new Map(account.slots) })
    account.createdIn = this.#transaction
    account.isStorageCleared = true
    // The slots are zero now, but one that an access list named stays warm.
    for (const slot of account.slots.values())
      account.slots.set(slot.key, { ...slot, current: 0n, original: 0n, loaded: 0n })
    this.#lastSlotOwner = null
    if (nonce !== account.nonce) this.setNonce(address, nonce)
  }

  isCreated(address: bigint): boolean {
    return this.#account(address).createdIn === this.#transaction
  }

  destroy(address: bigint): boolean {
    const account = this.#touch(address)
    this.#changeBalance(account, 0n)
    if (account.destroyedIn === this.#transaction) return false
    this.#journal.push({ kind: 'destroy', account })
    account.destroyedIn = this.#transaction
    this.#destroyed.add(account)
    return true
  }

  // Storage.

  storage(address: bigint, key: bigint): bigint {
    return this.#slot(address, key).current
  }

  originalStorage(address: bigint, key: bigint): bigint {
    return this.#slot(address, key).original
  }

  setStorage(address: bigint, key: bigint, value: bigint): void {
    const slot = this.#slot(address, key)
    this.#journal.push({ kind: 'storage', slot, before: slot.current })
    slot.current = value
  }

  transient(address: bigint, key: bigint): bigint {
    return this.#account(address).transient?.get(key) ?? 0n
  }

  setTransient(address: bigint, key: bigint, value: bigint): void {
    const account = this.#account(address)
    this.#withTransient.add(account)
    account.transient ??= new Map()
    const before = account.transient.get(key) ?? 0n
    this.#journal.push({ kind: 'transient', values: account.transient, key, before })
    account.transient.set(key, value)
  }

  // Access sets, log, refunds, journal.

  warmAddress(address: bigint): boolean {
    const account = this.#account(address)
    if (account.warmIn === this.#transaction) return false
    this.#journal.push({ kind: 'warmAccount', account })
    account.warmIn = this.#transaction
    return true
  }

  warmSlot(address: bigint, key: bigint): boolean {
    const slot = this.#slot(address, key)
    if (slot.isWarm) return false
    this.#journal.push({ kind: 'warmSlot', slot })
    slot.isWarm = true
    return true
  }

  log(log: Log): void {
    this.#journal.push({ kind: 'log' })
    this.logs.push(log)
  }

  addRefund(gas: number): void {
    this.#journal.push({ kind: 'refund', gas })
    this.refund += gas
  }

  checkpoint(): number {
    return this.#journal.length
  }

  revert(checkpoint: number): void {
    const journal = this.#journal
    while (journal.length > checkpoint) {
      const change = journal.pop()!
      if (change.kind === 'log') this.logs.pop()
      else if (change.kind === 'refund') this.refund -= change.gas
      else {
        if (change.kind === 'create') this.#lastSlotOwner = null
        undo(change)
      }
    }
  }

  // Results.

  /** Every account that differs from the source, in the order of first access. */
  *changes(): Iterable<AccountChange> {
    for (const account of this.#accounts.values()) {
      const slots = new Map<bigint, bigint>()
      for (const slot of account.slots.values())
        if (slot.current !== slot.loaded) slots.set(slot.key, slot.current)
      const { address, isStorageCleared, nonce, balance, codeHash } = account
      const record = account.exists ? { nonce, balance, codeHash } : null
      if (!record && !account.wasLoaded) continue
      const code = account.isCodeChanged ? { code: account.code ?? NO_CODE } : {}
      yield { address, account: record, isStorageCleared, slots, ...code }
    }
  }

  #account(address: bigint): Account {
    const last = this.#lastAccount
    if (last !== null && last.address === address) return last
    const account = this.#accounts.get(address) ?? this.#loadAccount(address)
    this.#lastAccount = account
    return account
  }

  #loadAccount(address: bigint): Account {
    const record = this.source.account(address)
    if (record === undefined) this.misses.push({ kind: 'account', address })
    const account = new Account(address, record ?? null)
    this.#accounts.set(address, account)
    return account
  }

  #loadCode(account: Account): Uint8Array {
    const { address, codeHash } = account
    const code = this.source.code(address, codeHash)
    if (code === undefined) this.misses.push({ kind: 'code', address, codeHash })
    else account.code = code
    return code ?? NO_CODE
  }

  #slot(address: bigint, key: bigint): Slot {
    const account = this.#account(address)
    let slot = this.#lastSlot
    if (slot === null || this.#lastSlotOwner !== account || slot.key !== key) {
      slot = account.slots.get(key) ?? this.#loadSlot(account, key)
      this.#lastSlot = slot
      this.#lastSlotOwner = account
    }
    if (slot.transaction !== this.#transaction) {
      slot.transaction = this.#transaction
      slot.original = slot.current
      slot.isWarm = false
    }
    return slot
  }

  #loadSlot(account: Account, key: bigint): Slot {
    const isZero = account.isStorageCleared || !account.wasLoaded
    const value = isZero ? 0n : this.source.storage(account.address, key)
    if (value === undefined) this.misses.push({ kind: 'storage', address: account.address, key })
    const loaded = value ?? 0n
    const slot = {
      key,
      current: loaded,
      original: loaded,
      loaded,
      isWarm: false,
      transaction: this.#transaction,
    }
    if (value === undefined) this.#placeholderSlots.push([account, slot])
    account.slots.set(key, slot)
    return slot
  }

  #touch(address: bigint): Account {
    const account = this.#account(address)
    if (!account.exists) {
      this.#journal.push({ kind: 'exists', account })
      account.exists = true
    }
    if (account.touchedIn !== this.#transaction) {
      this.#journal.push({ kind: 'touch', account, before: account.touchedIn })
      account.touchedIn = this.#transaction
      this.#touched.add(account)
    }
    return account
  }

  #changeBalance(account: Account, balance: bigint): void {
    this.#journal.push({ kind: 'balance', account, before: account.balance })
    account.balance = balance
  }

  #delete(account: Account): void {
    account.exists = false
    account.nonce = 0n
    account.balance = 0n
    account.code = NO_CODE
    account.codeHash = EMPTY_CODE_HASH
    account.isCodeChanged = true
    account.isStorageCleared = true
    account.slots.clear()
    this.#lastSlotOwner = null
  }
}

function isEmpty(account: Account): boolean {
  return account.nonce === 0n && account.balance === 0n && account.codeHash === EMPTY_CODE_HASH
}
