import { publicKeyToAddress } from '../core/address.ts'
import type { Crypto } from '../core/crypto.ts'
import { keccak256 } from '../core/keccak.ts'
import { encodeRlp } from '../core/rlp.ts'
import type { Rules } from '../core/rules.ts'
import { bigintToBytes, bigintToMinimalBytes } from '../core/word.ts'
import type { Rejection } from './rejection.ts'
import { reject } from './rejection.ts'
import type { Authorization, Transaction } from './transaction.ts'
import { signingHash } from './transaction-codec.ts'

/** Order of the secp256k1 group. */
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
/** First byte of what an authority signs (EIP-7702). */
const AUTHORIZATION_MAGIC = 0x05

/**
 * Whether the signature may stand in a transaction under these rules: the type exists, the chain is ours
 * (a legacy transaction may leave it open), r and s are in range, s is low where EIP-2 holds.
 */
export function checkSignature(tx: Transaction, rules: Rules, chainId: bigint): Rejection | null {
  if (!rules.transactionTypes.includes(tx.type)) return typeNotSupported(tx)
  if (tx.signature === null)
    return reject('invalid-signature', 'invalid transaction v, r, s values: unsigned')
  const bound = tx.chainId !== null
  // Before EIP-155 a v that carries a chain id is just a wrong v.
  if (bound && tx.type === 0 && !rules.signature.chainId) return invalidSignature('v')
  if (bound && tx.chainId !== chainId)
    return reject('wrong-chain-id', `invalid chain id for signer: have ${tx.chainId} want ${chainId}`)
  const { r, s } = tx.signature
  if (r === 0n || r >= N) return invalidSignature('r')
  if (s === 0n || s >= N) return invalidSignature('s')
  if (rules.signature.lowS && isHigh(s)) return invalidSignature('high s')
  return null
}

/** What a public key is recovered from: see `Crypto.secp256k1Recover`. */
export interface Signed {
  readonly digest: Uint8Array
  readonly yParity: number
  readonly r: bigint
  readonly s: bigint
}

/** All that a transaction has signed: itself, and the authorisations in it. */
export function signaturesOf(tx: Transaction): Signed[] {
  const authorities = tx.authorizations.map((auth) => ({ ...auth, digest: authorizationHash(auth) }))
  const signed =
    tx.signature === null ? authorities : [{ ...tx.signature, digest: signingHash(tx) }, ...authorities]
  return signed.map(({ digest, yParity, r, s }) => ({ digest, yParity, r, s }))
}

/** The address that signed the transaction; null when it is unsigned or no key fits the signature. */
export function recoverSender(tx: Transaction, crypto: Pick<Crypto, 'secp256k1Recover'>): bigint | null {
  if (tx.signature === null) return null
  const { yParity, r, s } = tx.signature
  return recoverAddress(signingHash(tx), yParity, r, s, crypto)
}

/** The hash an authority signs: keccak256(0x05 ‖ rlp([chain id, address, nonce])) (EIP-7702). */
export function authorizationHash(auth: Pick<Authorization, 'chainId' | 'address' | 'nonce'>): Uint8Array {
  const payload = encodeRlp([
    bigintToMinimalBytes(auth.chainId),
    bigintToBytes(auth.address, 20),
    bigintToMinimalBytes(auth.nonce),
  ])
  const preimage = new Uint8Array(payload.length + 1)
  preimage[0] = AUTHORIZATION_MAGIC
  preimage.set(payload, 1)
  return keccak256(preimage)
}

/**
 * The account that signed an authorisation; null when the signature is invalid (parity not 0 or 1, r or s out of
 * range, s high). Chain id, nonce and the account's state are for the caller to check.
 */
export function recoverAuthority(
  auth: Authorization,
  crypto: Pick<Crypto, 'secp256k1Recover'>,
): bigint | null {
  const { yParity, r, s } = auth
  if (yParity > 1 || isHigh(s)) return null
  return recoverAddress(authorizationHash(auth), yParity, r, s, crypto)
}

export function typeNotSupported(tx: Transaction): Rejection {
  return reject('type-not-supported', `transaction type not supported: type ${tx.type}`)
}

function recoverAddress(
  digest: Uint8Array,
  yParity: number,
  r: bigint,
  s: bigint,
  crypto: Pick<Crypto, 'secp256k1Recover'>,
): bigint | null {
  if (r === 0n || r >= N || s === 0n || s >= N) return null
  const publicKey = crypto.secp256k1Recover(digest, yParity, r, s)
  return publicKey === null ? null : publicKeyToAddress(publicKey)
}

function isHigh(s: bigint): boolean {
  return s > N >> 1n
}

function invalidSignature(part: string): Rejection {
  return reject('invalid-signature', `invalid transaction v, r, s values: ${part}`)
}
