import { ERROR_CODES, ZvmError } from '../core/errors.ts'

/** Throws REFUSED: a rule, a balance or a limit of the ledger stands against what was asked. */
export function refuse(what: string, details: Record<string, unknown> = {}): never {
  throw new ZvmError(ERROR_CODES.refused, what, details)
}
