import { blake3 } from '@noble/hashes/blake3.js'
import { bytesToBareHex } from '../core/hex.ts'
import { readWhole, refuseValue } from '../core/members.ts'
import type { Signer } from '../runtime/services.ts'
import { contextHash, readContext } from './context.ts'
import { publicKeyFault, SignatureCheck, signatureFault } from './ed25519.ts'
import type { Payload } from './payload.ts'

/** Name of the format, and the zsig context that all of it is signed in. */
export const MULTI_FORMAT = 'zsig-multi/1'
export const SIGNERS_LIMIT = 256

/** A chain id or nonce. */
export const readCount = readWhole(0, Number.MAX_SAFE_INTEGER)

/** What all signatures of a file are bound to, beside the payload. */
export interface MultiTerms {
  /** Safe integers from 0 on. */
  readonly chainId: number
  readonly nonce: number
  readonly context: string
  /** How many of the signers must have signed. */
  readonly threshold: number
  /** Public keys in ascending order of their bytes, none twice. */
  readonly signers: readonly Uint8Array[]
}

/** Signatures of some of the signers over one payload. */
export interface MultiSignature {
  readonly terms: MultiTerms
  /** BLAKE3 of the payload. */
  readonly payloadHash: Uint8Array
  /** In the order of the signers, of each at most one. */
  readonly signatures: readonly { readonly signer: Uint8Array; readonly signature: Uint8Array }[]
}

/** The public keys of those who signed, in the order of the terms; or why it does not hold. */
export type MultiVerdict =
  | { readonly isValid: true; readonly signers: readonly Uint8Array[] }
  | { readonly isValid: false; readonly reason: string }

/** Terms with the signers put in order. Throws VALUE for a threshold or signers that cannot be. */
export function multiTerms(terms: MultiTerms): MultiTerms {
  const signers = [...terms.signers].sort((a, b) => (bytesToBareHex(a) < bytesToBareHex(b) ? -1 : 1))
  return checkedTerms({ ...terms, signers }, 'terms')
}

/** A file without signatures yet. */
export function startMulti(terms: MultiTerms, payload: Payload): MultiSignature {
  return { terms, payloadHash: hashOf(payload), signatures: [] }
}

/**
 * With the signature of one more signer. Throws VALUE where the payload is another, where the signer is none of the terms or
 * has signed, and where a signature that is there does not hold.
 */
export function addSignature(multi: MultiSignature, signer: Signer, payload: Payload): MultiSignature {
  const { terms, payloadHash, signatures } = multi
  if (!isSame(hashOf(payload), payloadHash)) refuseValue('multi', 'is of another payload')
  const own = bytesToBareHex(signer.publicKey)
  if (!terms.signers.some((key) => isSame(key, signer.publicKey)))
    refuseValue('multi', `${own} is none of its signers`)
  if (signatures.some((each) => isSame(each.signer, signer.publicKey)))
    refuseValue('multi', `${own} has signed it`)
  const fault = signaturesFault(multi)
  if (fault !== null) refuseValue('multi', fault)
  const message = signedHash(multi)
  const more = [...signatures, { signer: signer.publicKey, signature: signer.sign(message) }]
  more.sort((a, b) => orderOf(terms, a.signer) - orderOf(terms, b.signer))
  return { ...multi, signatures: more }
}

/**
 * Whether a file holds for a payload under the terms that a verifier brings: those of the file must be the same, every
 * signature must hold, and there must be enough of them. Nothing is taken from the file's own word.
 */
export function verifyMulti(multi: MultiSignature, payload: Payload, terms: MultiTerms): MultiVerdict {
  const reason = termsFault(multi.terms, terms) ?? payloadFault(multi, payload) ?? signaturesFault(multi)
  if (reason !== null) return { isValid: false, reason }
  const signers = multi.signatures.map(({ signer }) => signer)
  if (signers.length >= terms.threshold) return { isValid: true, signers }
  return { isValid: false, reason: `signed by ${signers.length}, of whom there must be ${terms.threshold}` }
}

/**
 * What each signer signs, in the zsig context `zsig-multi/1`: lines that a person can read and a shell can write. No
 * context has a line end, so that each line is one thing.
 */
export function signedText({ terms, payloadHash }: Pick<MultiSignature, 'terms' | 'payloadHash'>): string {
  const { chainId, nonce, context, threshold, signers } = terms
  const lines = [
    ...[`chain ${chainId}`, `nonce ${nonce}`, `context ${context}`, `threshold ${threshold}`],
    ...signers.map((signer) => `signer ${bytesToBareHex(signer)}`),
    `payload ${bytesToBareHex(payloadHash)}`,
  ]
  return `${lines.join('\n')}\n`
}

function signedHash(multi: MultiSignature): Uint8Array {
  return contextHash(MULTI_FORMAT, [new TextEncoder().encode(signedText(multi))])
}

function hashOf(payload: Payload): Uint8Array {
  const hash = blake3.create()
  for (const chunk of payload) hash.update(chunk)
  return hash.digest()
}

/** Why the terms of a file are not those that are wanted; null where they are. */
export function termsFault(own: MultiTerms, wanted: MultiTerms): string | null {
  if (own.chainId !== wanted.chainId) return `of chain ${own.chainId}, not ${wanted.chainId}`
  if (own.nonce !== wanted.nonce) return `of nonce ${own.nonce}, not ${wanted.nonce}`
  if (own.context !== wanted.context)
    return `of context ${JSON.stringify(own.context)}, not ${JSON.stringify(wanted.context)}`
  if (own.threshold !== wanted.threshold) return `of threshold ${own.threshold}, not ${wanted.threshold}`
  const stranger = own.signers.find((key) => !wanted.signers.some((each) => isSame(each, key)))
  if (stranger) return `${bytesToBareHex(stranger)} is none of the signers`
  const missing = wanted.signers.find((key) => !own.signers.some((each) => isSame(each, key)))
  return missing ? `the signer ${bytesToBareHex(missing)} is not listed` : null
}

function payloadFault({ payloadHash }: MultiSignature, payload: Payload): string | null {
  return isSame(hashOf(payload), payloadHash) ? null : 'of another payload'
}

function signaturesFault(multi: MultiSignature): string | null {
  const message = signedHash(multi)
  for (const { signer, signature } of multi.signatures) {
    const check = new SignatureCheck(signer, signature)
    check.update(message)
    if (!check.holds())
      return `the signature of ${bytesToBareHex(signer)}: ${signatureFault(signature) ?? 'not of this payload and terms'}`
  }
  return null
}

/** Throws VALUE naming what cannot be. */
export function checkedTerms(terms: MultiTerms, place: string): MultiTerms {
  const { threshold, signers, chainId, nonce, context } = terms
  readCount(chainId, `${place}: chain_id`)
  readCount(nonce, `${place}: nonce`)
  readContext(context, `${place}: context`)
  if (signers.length === 0 || signers.length > SIGNERS_LIMIT)
    refuseValue(`${place}: signers`, `not from 1 to ${SIGNERS_LIMIT}`)
  for (const [i, signer] of signers.entries()) {
    const fault = publicKeyFault(signer)
    if (fault !== null) refuseValue(`${place}: signers[${i}]`, fault)
    if (i > 0)
      checkAscending(bytesToBareHex(signers[i - 1]), bytesToBareHex(signer), `${place}: signers[${i}]`)
  }
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > signers.length)
    refuseValue(`${place}: threshold`, `not from 1 to ${signers.length}, the number of signers`)
  return terms
}

function checkAscending(before: string, after: string, place: string): void {
  if (before === after) refuseValue(place, 'a duplicate of the one before')
  if (before > after) refuseValue(place, 'in the wrong order: keys ascend')
}

/** Where a key stands among the signers; -1 where it does not. */
export function orderOf({ signers }: MultiTerms, signer: Uint8Array): number {
  return signers.findIndex((key) => isSame(key, signer))
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
