import { ERROR_CODES, ZvmError } from '../core/errors.ts'

/** Throws VALUE naming the place. What it says must never hold a part of a private key. */
export function refuse(place: string, what: string): never {
  throw new ZvmError(ERROR_CODES.value, `${place}: ${what}`, { place })
}
