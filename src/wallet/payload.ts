import { concatBytes } from '../core/bytes.ts'
import { refuseValue } from '../core/members.ts'

/** What is signed, in pieces of any size. */
export type Payload = Iterable<Uint8Array>

/** All of a payload. Throws VALUE once it passes `maxBytes`, before more is kept. */
export function wholePayload(payload: Payload, maxBytes: number, place: string, why: string): Uint8Array {
  const chunks: Uint8Array[] = []
  let length = 0
  for (const chunk of payload) {
    length += chunk.length
    if (length > maxBytes) refuseValue(place, `longer than ${maxBytes} bytes; ${why}`)
    // A copy: of a Buffer, slice would be none.
    chunks.push(Uint8Array.from(chunk))
  }
  return chunks.length === 1 ? chunks[0] : concatBytes(...chunks)
}

/** Whether a payload is these bytes. Reads all of it. */
export function isPayload(payload: Payload, bytes: Uint8Array): boolean {
  let at = 0
  let isSame = true
  for (const chunk of payload) {
    if (at + chunk.length > bytes.length) isSame = false
    for (let i = 0; isSame && i < chunk.length; i++) isSame = chunk[i] === bytes[at + i]
    at += chunk.length
  }
  return isSame && at === bytes.length
}
