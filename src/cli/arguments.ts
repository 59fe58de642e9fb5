import type { Options } from 'yargs'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'

/** An option that takes one text, be it a number or `-`. */
export function text(describe: string, more: Options = {}): Options {
  return { type: 'string', nargs: 1, describe, ...more }
}

/** An option that is given or not; off where nothing else is said. */
export function flag(describe: string, otherwise = false): Options {
  return { type: 'boolean', default: otherwise, describe }
}

/** Paths of an option that may be repeated, or among the positionals of a command. Throws USAGE where one is empty. */
export function paths(value: unknown, command: string): string[] {
  const all = Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)]
  return all.filter((path) => optionalPath(path, command) !== null)
}

/** The text of an option, or null where it is not given. */
export function optionalText(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** The path of an option, or null where it is not given. Throws USAGE where it is empty. */
export function optionalPath(value: unknown, option: string): string | null {
  if (value === '') throw new ZvmError(ERROR_CODES.usage, `${option}: an empty path`)
  return optionalText(value)
}

/** Reads an option with a function that throws VALUE or JSON, and blames the command line rather than a file. */
export function fromOption<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    return blameOption(error)
  }
}

/** Throws USAGE for what VALUE or JSON says of an option, and all else as it is. */
export function blameOption(error: unknown): never {
  const isOfInput =
    error instanceof ZvmError && [ERROR_CODES.value, ERROR_CODES.json].some((code) => code === error.code)
  throw isOfInput ? new ZvmError(ERROR_CODES.usage, error.message, error.details, error) : error
}

/** The text of an option that may be left out and not be empty. Throws USAGE. */
export function filledText(value: unknown, option: string): string | null {
  if (value === '') throw new ZvmError(ERROR_CODES.usage, `${option}: empty`)
  return value === undefined ? null : String(value)
}

/** A whole number from `least` to `most`. Throws USAGE. */
export function wholeNumber(value: unknown, option: string, least: number, most: number): number {
  const number = /^[0-9]{1,16}$/.test(String(value)) ? Number(value) : -1
  if (number >= least && number <= most) return number
  throw new ZvmError(
    ERROR_CODES.usage,
    `${option}: not a whole number from ${least} to ${most} (${JSON.stringify(String(value).slice(0, 40))})`,
  )
}
