import type { Signer } from '../runtime/services.ts'
import { contextHash, signingContext } from './context.ts'
import { type Payload, wholePayload } from './payload.ts'

/** Longest payload that is signed without a context, in bytes: Ed25519 reads it twice, so it is held in memory. */
export const SIGN_LIMIT_BYTES = 1 << 28

/**
 * The signature of a payload, 64 bytes: Ed25519 over the payload itself or, in a context, over its hash, for which it is
 * read once and may be of any length. Throws VALUE for a context with a colon, and for a payload too long for its kind.
 */
export function signPayload(signer: Signer, payload: Payload, context: string | null): Uint8Array {
  if (context !== null) return signer.sign(contextHash(signingContext(context, 'context'), payload))
  const why = 'Ed25519 reads what it signs twice: sign in a context, whose hash has no limit'
  return signer.sign(wholePayload(payload, SIGN_LIMIT_BYTES, 'payload', why))
}
