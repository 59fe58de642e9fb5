import { hexToBytes } from '../core/hex.ts'
import { type Read, refuseValue } from '../core/members.ts'
import { base64ToBytes } from './base64.ts'
import { SIGNATURE_BYTES } from './ed25519.ts'

/** A value that must be this one. */
export function exactly(wanted: string | number): Read<void> {
  return (value, place) => {
    if (value !== wanted) refuseValue(place, `not ${JSON.stringify(wanted)}`)
  }
}

export function base64Of(sizeBytes: number): Read<Uint8Array> {
  return (value, place) => {
    const bytes = typeof value === 'string' && value.length <= 2 * sizeBytes ? base64ToBytes(value) : null
    return bytes?.length === sizeBytes ? bytes : refuseValue(place, `not ${sizeBytes} bytes of base64`)
  }
}

export const readSignatureBytes = base64Of(SIGNATURE_BYTES)

/** A key or hash: 64 digits of hex, in lower case. */
export function readHex32(value: unknown, place: string): Uint8Array {
  const isHex = typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
  return isHex ? hexToBytes(value, place) : refuseValue(place, 'not 64 digits of lower-case hex')
}
