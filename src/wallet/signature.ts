import { concatBytes } from '../core/bytes.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToBareHex, hexToBytes } from '../core/hex.ts'
import { parseJson } from '../core/json.ts'
import { Members } from '../core/members.ts'
import { ed25519Verify } from '../runtime/ed25519.ts'
import { base64ToBytes } from './base64.ts'

const SIGNATURE_BYTES = 64
const FILE_LIMIT_BYTES = 1 << 24

/** A signature as a file holds it. */
export interface StoredSignature {
  readonly signature: Uint8Array
  /** Of a SignedMessage: what it says was signed, and by whom. */
  readonly signed: SignedMessage | null
}

interface SignedMessage {
  readonly message: Uint8Array
  readonly timestamp: number
  readonly context: string
  /** Bare lower-case hex. */
  readonly publicKey: string
}

/**
 * Reads a `.zsig` file, told by its content: 64 raw bytes, 128 digits of hex, 88 of base64, or a SignedMessage in JSON.
 * Throws VALUE, or JSON, naming the file.
 */
export function readSignature(bytes: Uint8Array, place: string): StoredSignature {
  if (bytes.length === SIGNATURE_BYTES) return { signature: bytes, signed: null }
  if (bytes.length > FILE_LIMIT_BYTES) refuse(place, `longer than ${FILE_LIMIT_BYTES} bytes`)
  const text = new TextDecoder().decode(bytes).trim()
  if (text.startsWith('{')) return readSignedMessage(parseJson(bytes, place), place)
  const signature = /^[0-9a-fA-F]{128}$/.test(text) ? hexToBytes(text, place) : base64ToBytes(text)
  if (signature?.length === SIGNATURE_BYTES) return { signature, signed: null }
  return refuse(
    place,
    'not a signature: neither 64 bytes, as they are or in hex or base64, nor a SignedMessage',
  )
}

function readSignedMessage(value: unknown, place: string): StoredSignature {
  const members = new Members(value, place, ': ')
  const signature = members.required('signature', readBase64)
  if (signature.length !== SIGNATURE_BYTES) refuse(`${place}: signature`, 'not 64 bytes')
  const signed = {
    message: members.required('message', readBase64),
    timestamp: members.required('timestamp', readTimestamp),
    context: members.optional('context', readContext) ?? '',
    publicKey: members.required('public_key', readKeyHex),
  }
  members.done()
  return { signature, signed }
}

/**
 * Whether a signature file holds for a payload under a key that the verifier brought. Of a SignedMessage the message
 * must be the payload and its own key the one that was brought; it signs `timestamp:context:` before the message.
 */
export function verifySignature(
  { signature, signed }: StoredSignature,
  payload: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  if (!signed) return ed25519Verify(publicKey, signature, payload)
  const { message, timestamp, context } = signed
  const isOfPayload = bytesToBareHex(message) === bytesToBareHex(payload)
  if (!isOfPayload || signed.publicKey !== bytesToBareHex(publicKey)) return false
  const prefix = new TextEncoder().encode(`${timestamp}:${context}:`)
  return ed25519Verify(publicKey, signature, concatBytes(prefix, message))
}

function readBase64(value: unknown, place: string): Uint8Array {
  const bytes = typeof value === 'string' ? base64ToBytes(value) : null
  return bytes ?? refuse(place, 'not base64')
}

function readTimestamp(value: unknown, place: string): number {
  return Number.isSafeInteger(value) ? (value as number) : refuse(place, 'not a whole number')
}

function readContext(value: unknown, place: string): string {
  if (value === null) return ''
  return typeof value === 'string' ? value : refuse(place, 'not a text')
}

function readKeyHex(value: unknown, place: string): string {
  const isHex = typeof value === 'string' && /^[0-9a-fA-F]{64}$/.test(value)
  return isHex ? value.toLowerCase() : refuse(place, 'not 64 digits of hex')
}

function refuse(place: string, what: string): never {
  throw new ZvmError(ERROR_CODES.value, `${place}: ${what}`, { place })
}
