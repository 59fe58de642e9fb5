import { createContext, runInContext } from 'node:vm'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'

/** For all names of one file; a sane pattern needs microseconds. */
const TIME_LIMIT_MS = 1000

/** Longest pattern taken; what matches names needs no more. */
const PATTERN_LIMIT = 4096

/** A repetition of what itself repeats, such as `(a+)+`: exponential on names that nearly match. */
const NESTED_REPETITION = /\([^()]*[*+}][^()]*\)[*+{]/

/**
 * The regular expression of `--run`, compiled without the `u` and `v` flags, since callers escape characters that
 * those refuse. Throws USAGE on what is none, and on a repetition within a repetition.
 */
export function parseNamePattern(source: string, option: string): RegExp {
  const refuse = (why: string): never => {
    throw new ZvmError(ERROR_CODES.usage, `${option}: ${why} (${JSON.stringify(source.slice(0, 40))})`)
  }
  if (source.length > PATTERN_LIMIT) refuse(`a pattern of over ${PATTERN_LIMIT} characters`)
  if (NESTED_REPETITION.test(source)) refuse('a repetition within a repetition could take forever')
  try {
    return new RegExp(source)
  } catch {
    return refuse('not a regular expression')
  }
}

/**
 * The items of which the pattern matches one of the names. Many at once, since guarding the time costs 0.1 ms. Throws
 * USAGE where matching takes too long.
 */
export function matching<T>(
  pattern: RegExp,
  items: readonly T[],
  namesOf: (item: T) => readonly string[],
): T[] {
  const found: T[] = []
  const match = () => {
    for (const item of items) if (namesOf(item).some((name) => pattern.test(name))) found.push(item)
  }
  runGuarded(match, pattern)
  return found
}

/** V8 ends a script after a time, even within one regular expression, which nothing else can. */
function runGuarded(match: () => void, pattern: RegExp): void {
  sandbox ??= createContext({ match })
  sandbox.match = match
  try {
    runInContext('match()', sandbox, { timeout: TIME_LIMIT_MS })
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause
    const shown = JSON.stringify(pattern.source.slice(0, 40))
    throw new ZvmError(ERROR_CODES.usage, `--run: matching ${shown} takes too long`, {}, cause)
  }
}

/** Made on first use; it holds nothing but the function to run. */
let sandbox: { match?: () => void } | null = null
