import { ERROR_CODES, ZvmError } from '../../core/errors.ts'

/** What a node said and is proven to be otherwise. */
export function lie(what: string): ZvmError {
  return new ZvmError(ERROR_CODES.mismatch, `the node does not tell the truth: ${what}`)
}
