import { bytesToBareHex } from '../core/hex.ts'
import { contextHash } from './context.ts'
import { SignatureCheck, signatureFault } from './ed25519.ts'
import { isPayload, type Payload } from './payload.ts'
import type { StoredSignature } from './signature.ts'
import { type SignedMessage, signedPrefix } from './signed-message.ts'

/** Whether a signature holds: by which key, or why not. */
export type Verdict =
  | { readonly isValid: true; readonly publicKey: Uint8Array }
  | { readonly isValid: false; readonly reason: string }

/** What a verifier brings. Nothing in a signature's file stands for it. */
export interface Demand {
  /** The keys that may have signed, as `readPublicKey` gives them: at least one. */
  readonly keys: readonly Uint8Array[]
  /** The context that must have been signed in; null where none is asked for. */
  readonly context: string | null
}

/**
 * Whether a signature file holds for a payload. A bare signature is over the payload or, where a context is asked for,
 * over its hash in that context. A SignedMessage must have the payload as its message, one of the keys as its own and, where
 * a context is asked for, that context. The payload is read once, and not kept.
 */
export function verifySignature(stored: StoredSignature, payload: Payload, demand: Demand): Verdict {
  if (stored.signed) return verifySigned(stored.signed, payload, demand)
  const { keys, context } = demand
  const message = context === null ? payload : [contextHash(context, payload)]
  const checks = keys.map((key) => new SignatureCheck(key, stored.signature))
  for (const chunk of message) for (const check of checks) check.update(chunk)
  const at = checks.findIndex((check) => check.holds())
  if (at >= 0) return { isValid: true, publicKey: keys[at] }
  const among = keys.length === 1 ? 'the key' : `any of the ${keys.length} keys`
  const where = context === null ? '' : 'in this context '
  return invalid(signatureFault(stored.signature) ?? `not one of this payload ${where}by ${among}`)
}

function verifySigned(signed: SignedMessage, payload: Payload, { keys, context }: Demand): Verdict {
  const { publicKey, message } = signed
  const own = bytesToBareHex(publicKey)
  if (!keys.some((key) => bytesToBareHex(key) === own)) return invalid(`by another key, ${own}`)
  const fault = contextFault(signed.context, context)
  if (fault !== null) return invalid(fault)
  if (!isPayload(payload, message)) return invalid('its message is not the payload')
  const check = new SignatureCheck(publicKey, signed.signature)
  check.update(signedPrefix(signed))
  check.update(message)
  return check.holds()
    ? { isValid: true, publicKey }
    : invalid(signatureFault(signed.signature) ?? 'not one of its message, time and context by the key')
}

function contextFault(own: string, asked: string | null): string | null {
  if (asked !== null)
    return own === asked ? null : `its context is ${JSON.stringify(own)}, not ${JSON.stringify(asked)}`
  // `a:b` before `c` is signed as `a` before `b:c` is.
  return own.includes(':') ? 'its context has a colon: it holds only where the context is asked for' : null
}

function invalid(reason: string): Verdict {
  return { isValid: false, reason }
}
