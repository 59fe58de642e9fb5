import { blake3 } from '@noble/hashes/blake3.js'
import { refuseValue } from '../core/members.ts'
import type { Payload } from './payload.ts'

const DOMAIN = 'ZSIG_V0.5.0:'
/** Longest context, in UTF-16 units. */
export const CONTEXT_LIMIT = 256

/**
 * What is signed of a payload in a context: BLAKE3 of `ZSIG_V0.5.0:`, the context, a colon, and the payload, which
 * may be of any length.
 */
export function contextHash(context: string, payload: Payload): Uint8Array {
  const hash = blake3.create().update(new TextEncoder().encode(`${DOMAIN}${context}:`))
  for (const chunk of payload) hash.update(chunk)
  return hash.digest()
}

/** A context that a verifier names, or that a file holds: text that shows as it is. Throws VALUE. */
export function readContext(value: unknown, place: string): string {
  if (typeof value !== 'string') return refuseValue(place, 'not a text')
  if (value.length > CONTEXT_LIMIT) return refuseValue(place, `longer than ${CONTEXT_LIMIT} characters`)
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(value))
    return refuseValue(place, 'has a control character')
  return value
}

/**
 * A context to sign in. It has no colon: by one, the end of the context could be taken for the beginning of the payload.
 * Throws VALUE.
 */
export function signingContext(value: unknown, place: string): string {
  const context = readContext(value, place)
  if (context.includes(':'))
    refuseValue(place, 'has a colon, after which the rest could be taken for a part of the payload')
  return context
}
