import { ERROR_CODES, ZvmError } from '../core/errors.ts'

/** A list of positionals. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)]
}

/** The text of an option, or null where it is not given. */
export function optionalText(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** Reads an option with a function that throws VALUE, and blames the command line rather than a file. */
export function fromOption<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof ZvmError && error.code === ERROR_CODES.value)
      throw new ZvmError(ERROR_CODES.usage, error.message, error.details, error)
    throw error
  }
}

/** A whole number from 1 to `most`. */
export function positiveInteger(value: unknown, option: string, most: number): number {
  const number = /^[0-9]{1,16}$/.test(String(value)) ? Number(value) : 0
  if (number < 1 || number > most)
    throw new ZvmError(
      ERROR_CODES.usage,
      `${option}: not a whole number from 1 to ${most} (${JSON.stringify(value)})`,
    )
  return number
}

/** Longest pattern taken; what matches names needs no more. */
const PATTERN_LIMIT = 4096

/**
 * The source of a regular expression, checked to compile without the `u` and `v` flags (callers escape characters
 * that those refuse). One whose nested repetition can take exponential time is refused. Null where not given.
 */
export function regularExpression(value: unknown, option: string): string | null {
  if (typeof value !== 'string') return null
  const refuse = (why: string): never => {
    throw new ZvmError(ERROR_CODES.usage, `${option}: ${why} (${JSON.stringify(value.slice(0, 40))})`)
  }
  if (value.length > PATTERN_LIMIT) refuse(`a pattern of over ${PATTERN_LIMIT} characters`)
  if (/\([^()]*[*+}][^()]*\)[*+{]/.test(value)) refuse('a repetition within a repetition could take forever')
  try {
    new RegExp(value)
  } catch {
    refuse('not a regular expression')
  }
  return value
}

/** A whole number from 0 on. */
export function wholeNumber(value: unknown, option: string): number {
  if (!/^[0-9]{1,15}$/.test(String(value)))
    throw new ZvmError(ERROR_CODES.usage, `${option}: not a whole number (${JSON.stringify(value)})`)
  return Number(value)
}
