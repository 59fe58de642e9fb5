import { refuseValue } from '../core/members.ts'
import { SIGNATURE_BYTES } from './ed25519.ts'

/** A message with its signature behind it, taken apart. Throws VALUE where there is less than a signature. */
export function splitInline(
  bytes: Uint8Array,
  place: string,
): { message: Uint8Array; signature: Uint8Array } {
  const at = bytes.length - SIGNATURE_BYTES
  if (at < 0) refuseValue(place, `shorter than the ${SIGNATURE_BYTES} bytes of a signature`)
  return { message: bytes.subarray(0, at), signature: bytes.subarray(at) }
}
