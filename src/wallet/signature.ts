import { bytesToBareHex, hexToBytes } from '../core/hex.ts'
import { refuseValue } from '../core/members.ts'
import { asciiText, firstByte } from './ascii.ts'
import { base64ToBytes, bytesToBase64 } from './base64.ts'
import { SIGNATURE_BYTES } from './ed25519.ts'
import { readSignedMessage, type SignedMessage } from './signed-message.ts'

const OPEN_BRACE = 0x7b
/** Longest text of a bare signature, in bytes: 128 digits and white space around them. */
const TEXT_LIMIT_BYTES = 1024

/** How a bare signature stands in a file. */
export const ENCODINGS = ['base64', 'hex', 'raw'] as const
export type Encoding = (typeof ENCODINGS)[number]

/** A signature as a file holds it. */
export interface StoredSignature {
  readonly encoding: Encoding | 'json'
  readonly signature: Uint8Array
  /** Of a SignedMessage: what it says was signed, and by whom. */
  readonly signed: SignedMessage | null
}

/**
 * Reads a `.zsig` file, told by its content: 64 raw bytes, 128 digits of hex, 88 of base64, or a SignedMessage in JSON.
 * Space, tabs and line ends around digits, the case of hex, and what JSON leaves open are free; nothing else is. Throws
 * VALUE, or JSON, naming the file.
 */
export function readSignature(file: Uint8Array, place: string): StoredSignature {
  if (file.length === SIGNATURE_BYTES) return { encoding: 'raw', signature: file, signed: null }
  if (firstByte(file) === OPEN_BRACE) {
    const signed = readSignedMessage(file, place)
    return { encoding: 'json', signature: signed.signature, signed }
  }
  const text = file.length > TEXT_LIMIT_BYTES ? null : asciiText(file)
  const isHex = text !== null && /^[0-9a-fA-F]{128}$/.test(text)
  const signature = text === null ? null : isHex ? hexToBytes(text, place) : base64ToBytes(text)
  if (signature?.length === SIGNATURE_BYTES)
    return { encoding: isHex ? 'hex' : 'base64', signature, signed: null }
  return refuseValue(
    place,
    'not a signature: neither 64 bytes, as they are or in hex or base64, nor a SignedMessage',
  )
}

/** The content of a `.zsig` file: text ends with a line end. */
export function encodeSignature(signature: Uint8Array, encoding: Encoding): Uint8Array {
  if (encoding === 'raw') return signature
  const text = encoding === 'hex' ? bytesToBareHex(signature) : bytesToBase64(signature)
  return new TextEncoder().encode(`${text}\n`)
}
