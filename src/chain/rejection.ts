/** Why a transaction cannot be included. Stable: programs may match on it. */
export type RejectionCode =
  | 'type-not-supported'
  | 'wrong-chain-id'
  | 'invalid-signature'
  | 'nonce-too-high'
  | 'nonce-too-low'
  | 'nonce-max'
  | 'gas-uint64-overflow'
  | 'gas-limit-too-high'
  | 'sender-not-eoa'
  | 'fee-too-large'
  | 'priority-fee-above-max-fee'
  | 'max-fee-below-base-fee'
  | 'blob-gas-allowance'
  | 'blob-create'
  | 'blob-hashes-missing'
  | 'blob-count'
  | 'blob-hash-version'
  | 'blob-fee-too-low'
  | 'set-code-create'
  | 'set-code-empty'
  | 'insufficient-funds'
  | 'block-gas-limit'
  | 'intrinsic-gas'
  | 'floor-gas'
  | 'initcode-size'

/** A reason not to include a transaction; `message` has the words other clients use. */
export interface Rejection {
  readonly code: RejectionCode
  readonly message: string
}

export function reject(code: RejectionCode, message: string): Rejection {
  return { code, message }
}
