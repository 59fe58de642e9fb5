import { EMPTY_CODE_HASH } from '../core/keccak.ts'
import type { AccountRecord } from './source.ts'

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
  /**
   * What its slots in the table are filed under, and the first and last of them, linked in the order they were met. A
   * creation starts another file.
   */
  storageOwner: number
  firstSlot = 0
  lastSlot = 0
  /** What its transient storage is filed under. */
  readonly transientOwner: number
  /** Slots that are not in the table are zero, whatever the source says. */
  isStorageCleared = false
  /** The source knew the account. */
  readonly wasLoaded: boolean
  isCodeChanged = false

  // Marks of one transaction; they hold if their number is that of the running one.
  warmIn = -1
  touchedIn = -1
  createdIn = -1
  destroyedIn = -1

  /** `owner` and the number after it are used for no other account. */
  constructor(address: bigint, record: AccountRecord | null, owner: number) {
    this.address = address
    this.storageOwner = owner
    this.transientOwner = owner + 1
    this.exists = record !== null
    this.wasLoaded = this.exists
    this.nonce = record?.nonce ?? 0n
    this.balance = record?.balance ?? 0n
    this.codeHash = record?.codeHash ?? EMPTY_CODE_HASH
    this.code = this.codeHash === EMPTY_CODE_HASH ? NO_CODE : null
  }
}
