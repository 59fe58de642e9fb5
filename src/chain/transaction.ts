/** Transaction types (EIP-2718): legacy, access list (2930), fee market (1559), blob (4844), set code (7702). */
export type TransactionType = 0 | 1 | 2 | 3 | 4

/**
 * A transaction of any type, in one shape, so that what executes it asks for no type: a field that a type does not
 * have holds the value that has no effect. Immutable. Integers are unsigned; prices are in wei.
 */
export interface Transaction {
  readonly type: TransactionType
  /** Chain the signature is bound to; null for a legacy transaction without EIP-155. */
  readonly chainId: bigint | null
  /** Below 2^64, as is the gas limit. */
  readonly nonce: bigint
  readonly gasLimit: bigint
  /** Recipient; null creates a contract. */
  readonly to: bigint | null
  readonly value: bigint
  /** Calldata, or initcode of a creation. Not copied: whoever made the transaction does not write to it. */
  readonly data: Uint8Array
  /** Most the sender pays per gas, base fee included. The gas price of types 0 and 1. */
  readonly maxFeePerGas: bigint
  /** Most the coinbase gets per gas. The gas price of types 0 and 1, which leave all above the base fee to it. */
  readonly maxPriorityFeePerGas: bigint
  /** Empty for type 0. */
  readonly accessList: readonly AccessListEntry[]
  /** Zero unless of type 3. */
  readonly maxFeePerBlobGas: bigint
  /** Versioned hashes as words, as BLOBHASH pushes them; empty unless of type 3. */
  readonly blobHashes: readonly bigint[]
  /** Empty unless of type 4. */
  readonly authorizations: readonly Authorization[]
  /** Null before signing. */
  readonly signature: Signature | null
}

/** An address and the storage keys of it that start warm (EIP-2930). */
export interface AccessListEntry {
  readonly address: bigint
  readonly keys: readonly bigint[]
}

/** An ECDSA signature on secp256k1; r and s are words, not yet checked to be in range. */
export interface Signature {
  readonly yParity: 0 | 1
  readonly r: bigint
  readonly s: bigint
}

/**
 * Permission to delegate the signer's account to the code at `address` (EIP-7702). Well formed, but not yet valid:
 * an invalid one is skipped when applied, so `yParity` may be any byte here.
 */
export interface Authorization {
  /** Zero is valid on every chain. */
  readonly chainId: bigint
  readonly address: bigint
  readonly nonce: bigint
  readonly yParity: number
  readonly r: bigint
  readonly s: bigint
}

/** What `newTransaction` takes: `gasPrice` stands for both fees of types 0 and 1. */
export type TransactionFields = Partial<Transaction> & { readonly gasPrice?: bigint }

/** A transaction from the fields that matter; the others are zero, empty or null (chain 1 for typed ones). */
export function newTransaction(fields: TransactionFields): Transaction {
  const { gasPrice = 0n, ...given } = fields
  const type = given.type ?? 0
  return {
    type,
    chainId: type === 0 ? null : 1n,
    nonce: 0n,
    gasLimit: 0n,
    to: null,
    value: 0n,
    data: new Uint8Array(0),
    maxFeePerGas: gasPrice,
    maxPriorityFeePerGas: gasPrice,
    accessList: [],
    maxFeePerBlobGas: 0n,
    blobHashes: [],
    authorizations: [],
    signature: null,
    ...given,
  }
}
