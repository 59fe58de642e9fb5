import { EMPTY_CODE_HASH } from '../core/keccak.ts'
import { NO_BYTES } from '../core/message.ts'
import type { AccountRecord } from './source.ts'

/** One account in the cache, changed in place; the journal holds what it was. */
export class Account {
  readonly address: bigint
  exists: boolean
  nonce: bigint
  balance: bigint
  codeHash: bigint
  /** Null until it is asked for. */
  code: Uint8Array | null
  /** What its slots in the table are filed under; 0 until one is asked for. A creation starts another file. */
  storageOwner = 0
  /** What its transient storage is filed under: an odd number. */
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

  /** Number of the last watch of the state under which it was met. */
  metIn = 0

  /** `transientOwner` is no other account's. */
  constructor(address: bigint, record: AccountRecord | null, transientOwner: number) {
    this.address = address
    this.transientOwner = transientOwner
    this.exists = record !== null
    this.wasLoaded = this.exists
    this.nonce = record?.nonce ?? 0n
    this.balance = record?.balance ?? 0n
    this.codeHash = record?.codeHash ?? EMPTY_CODE_HASH
    this.code = this.codeHash === EMPTY_CODE_HASH ? NO_BYTES : null
  }
}
