/** One entry of the log: at most four topics. */
export interface Log {
  readonly address: bigint
  readonly topics: readonly bigint[]
  readonly data: Uint8Array
}

/** What the block tells its transactions. Units: wei, gas, seconds. */
export interface BlockEnvironment {
  readonly number: bigint
  readonly timestamp: bigint
  readonly coinbase: bigint
  readonly gasLimit: bigint
  /** Before the merge; zero after. */
  readonly difficulty: bigint
  /** After the merge (EIP-4399); zero before. */
  readonly prevRandao: bigint
  readonly baseFee: bigint
  readonly blobBaseFee: bigint
}

/** What one transaction tells its frames. */
export interface Environment {
  readonly chainId: bigint
  readonly block: BlockEnvironment
  readonly origin: bigint
  readonly gasPrice: bigint
  readonly blobHashes: readonly bigint[]
}

/**
 * The state as rows and the driver see it. Addresses are words of 160 bits. Every change is journaled:
 * `revert(checkpoint())` undoes it, warmth, transient storage, logs and refunds included.
 * State that is not loaded answers with a placeholder and marks the run void (see `State`).
 */
export interface Host {
  balance(address: bigint): bigint
  nonce(address: bigint): bigint
  /** The account's own code, a delegation designator included; valid as long as the account is unchanged. */
  code(address: bigint): Uint8Array
  /** keccak256 of the code; zero for an account that is empty or does not exist (EIP-1052). */
  codeHash(address: bigint): bigint
  exists(address: bigint): boolean
  /** No code, zero nonce, zero balance (EIP-161), or no account at all. */
  isEmpty(address: bigint): boolean
  /** A contract cannot be created here: nonce, code or storage is present (EIP-684, EIP-7610). */
  collides(address: bigint): boolean
  blockHash(number: bigint): bigint

  storage(address: bigint, key: bigint): bigint
  /** The slot's value when the transaction began (EIP-2200). */
  originalStorage(address: bigint, key: bigint): bigint
  setStorage(address: bigint, key: bigint, value: bigint): void
  transient(address: bigint, key: bigint): bigint
  setTransient(address: bigint, key: bigint, value: bigint): void

  /** Marks the address accessed; true if it was cold (EIP-2929). */
  warmAddress(address: bigint): boolean
  warmSlot(address: bigint, key: bigint): boolean

  setNonce(address: bigint, nonce: bigint): void
  setCode(address: bigint, code: Uint8Array): void
  /** Moves value; the caller has checked the balance. Both sides are touched. */
  transfer(from: bigint, to: bigint, valueWei: bigint): void
  /** Brings the account into being if needed and marks it for EIP-161 clearing. */
  touch(address: bigint): void
  /** Starts a contract: storage empty, balance kept. */
  createContract(address: bigint, nonce: bigint): void
  /** Whether the account was created by this transaction (EIP-6780). */
  isCreated(address: bigint): boolean
  /** Empties the balance and deletes the account when the transaction ends; true the first time. */
  destroy(address: bigint): boolean

  log(log: Log): void
  /** The refund counter, in gas. */
  readonly refund: number
  /** Adds to the refund counter, in gas; may be negative. */
  addRefund(gas: number): void

  checkpoint(): number
  revert(checkpoint: number): void
  /** Has `undo` called when what happens here is reverted, in its place among all other changes, last first. */
  onRevert(undo: () => void): void
  /** Something was not loaded: from here on the run only finds out what else is needed. */
  readonly isVoid: boolean
}
