import { concatBytes } from '../core/bytes.ts'
import { bytesToBareHex, hexToBytes } from '../core/hex.ts'
import { parseJson } from '../core/json.ts'
import { Members, readWhole, refuseValue } from '../core/members.ts'
import type { Signer } from '../runtime/services.ts'
import { base64ToBytes, bytesToBase64 } from './base64.ts'
import { readContext, signingContext } from './context.ts'
import { readSignatureBytes } from './json-values.ts'

/** Longest SignedMessage that is read, in bytes; its message is a text in JSON, which no one can stream. */
export const SIGNED_MESSAGE_LIMIT_BYTES = 1 << 24
/** Longest message that fits: four characters of base64 for three bytes, and a kilobyte for the rest. */
export const MESSAGE_LIMIT_BYTES = Math.floor(((SIGNED_MESSAGE_LIMIT_BYTES - 2048) / 4) * 3)

/** A message with its signature, the time and context that are signed with it, and the key that it says has signed. */
export interface SignedMessage {
  readonly message: Uint8Array
  readonly signature: Uint8Array
  /** Unix seconds, as the signer says. */
  readonly timestamp: number
  /** Empty for none. */
  readonly context: string
  readonly publicKey: Uint8Array
}

/** Reads the JSON of a SignedMessage. Throws VALUE, or JSON, naming the file. */
export function readSignedMessage(file: Uint8Array, place: string): SignedMessage {
  const limits = { maxBytes: SIGNED_MESSAGE_LIMIT_BYTES, uniqueKeys: true }
  const members = new Members(parseJson(file, place, limits), place, ': ')
  const signed = {
    signature: members.required('signature', readSignatureBytes),
    message: members.required('message', readBase64),
    timestamp: members.required('timestamp', readTimestamp),
    context: members.optional('context', readOptionalContext) ?? '',
    publicKey: members.required('public_key', readKeyHex),
  }
  members.done()
  return signed
}

/** Signs a message with a time and a context (empty for none), which has no colon. Throws VALUE. */
export function signMessage(
  signer: Signer,
  message: Uint8Array,
  timestamp: number,
  context: string,
): SignedMessage {
  if (message.length > MESSAGE_LIMIT_BYTES) refuseValue('message', `longer than ${MESSAGE_LIMIT_BYTES} bytes`)
  readTimestamp(timestamp, 'timestamp')
  signingContext(context, 'context')
  const { publicKey } = signer
  const signature = signer.sign(concatBytes(signedPrefix({ timestamp, context }), message))
  return { message, signature, timestamp, context, publicKey }
}

export function signedMessageToJson({ message, signature, ...rest }: SignedMessage): string {
  const { timestamp, context, publicKey } = rest
  const texts = { message: bytesToBase64(message), signature: bytesToBase64(signature) }
  return `${JSON.stringify({ ...texts, timestamp, context, public_key: bytesToBareHex(publicKey) })}\n`
}

/** What is signed before the message: `timestamp:context:`. */
export function signedPrefix({
  timestamp,
  context,
}: Pick<SignedMessage, 'timestamp' | 'context'>): Uint8Array {
  return new TextEncoder().encode(`${timestamp}:${context}:`)
}

function readBase64(value: unknown, place: string): Uint8Array {
  const bytes = typeof value === 'string' ? base64ToBytes(value) : null
  return bytes ?? refuseValue(place, 'not base64')
}

const readTimestamp = readWhole(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)

function readOptionalContext(value: unknown, place: string): string {
  return value === null ? '' : readContext(value, place)
}

function readKeyHex(value: unknown, place: string): Uint8Array {
  const isHex = typeof value === 'string' && /^[0-9a-fA-F]{64}$/.test(value)
  return isHex ? hexToBytes(value, place) : refuseValue(place, `not 64 digits of hex`)
}
