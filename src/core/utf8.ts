import { ERROR_CODES, type ErrorCode, ZvmError } from './errors.ts'

/** The text of UTF-8 bytes, without a byte order mark. Throws VALUE, or the code given, naming `place`. */
export function decodeUtf8(bytes: Uint8Array, place: string, code: ErrorCode = ERROR_CODES.value): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new ZvmError(code, `${place}: not UTF-8`, { place }, cause)
  }
}
