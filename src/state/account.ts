import { EMPTY_CODE_HASH } from '../core/keccak.ts'
import type { AccountRecord } from './source.ts'

/** One slot of storage in the cache. */
export interface Slot {
  readonly key: bigint
  current: bigint
  /** Value when the transaction numbered `transaction` began. */
  original: bigint
  /** Value in the source. */
  readonly loaded: bigint
  isWarm: boolean
  transaction: number
}

const NO_CODE = new Uint8Array(0)

/** One account in the cache, changed in place; the journal holds what it was. */
export class Account {
  readonly address: bigint
  exists: boolean
  nonce: bigint
  balance: bigint
  codeHash: bigint
  /** Null until it is asked for. */
  code: Uint8Array | null
  readonly slots = new Map<bigint, Slot>()
  transient: Map<bigint, bigint> | null = null
  /** Slots that are not in the cache are zero, whatever the source says. */
  isStorageCleared = false
  /** The source knew the account. */
  readonly wasLoaded: boolean
  isCodeChanged = false

  // Marks of one transaction; they hold if their number is that of the running one.
  warmIn = -1
  touchedIn = -1
  createdIn = -1
  destroyedIn = -1

  constructor(address: bigint, record: AccountRecord | null) {
    this.address = address
    this.exists = record !== null
    this.wasLoaded = this.exists
    this.nonce = record?.nonce ?? 0n
    this.balance = record?.balance ?? 0n
    this.codeHash = record?.codeHash ?? EMPTY_CODE_HASH
    this.code = this.codeHash === EMPTY_CODE_HASH ? NO_CODE : null
  }
}
