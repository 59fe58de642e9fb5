import { secp256k1 } from '@noble/curves/secp256k1.js'
import { publicKeyToAddress } from '../core/address.ts'
import { authorizationHash } from './signature.ts'
import type { Authorization, Signature, Transaction } from './transaction.ts'
import { signingHash } from './transaction-codec.ts'

/** The transaction with its signature by a 32-byte private key: deterministic (RFC 6979), with a low s. */
export function signTransaction(tx: Transaction, privateKey: Uint8Array): Transaction {
  return { ...tx, signature: sign(signingHash(tx), privateKey) }
}

/** An authorisation signed by the account that delegates (EIP-7702). */
export function signAuthorization(
  unsigned: Pick<Authorization, 'chainId' | 'address' | 'nonce'>,
  privateKey: Uint8Array,
): Authorization {
  return { ...unsigned, ...sign(authorizationHash(unsigned), privateKey) }
}

/** The address of the account a 32-byte private key controls. */
export function privateKeyToAddress(privateKey: Uint8Array): bigint {
  // The first byte tells the form of the point, and is not part of the key.
  return publicKeyToAddress(secp256k1.getPublicKey(privateKey, false).subarray(1))
}

function sign(digest: Uint8Array, privateKey: Uint8Array): Signature {
  const bytes = secp256k1.sign(digest, privateKey, { prehash: false, format: 'recovered' })
  const { recovery, r, s } = secp256k1.Signature.fromBytes(bytes, 'recovered')
  return { yParity: recovery === 0 ? 0 : 1, r, s }
}
