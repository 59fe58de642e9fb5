import { ERROR_CODES, ZvmError } from './errors.ts'

/** Reads the JSON value found at `place`; throws VALUE naming it. */
export type Read<T> = (value: unknown, place: string) => T

/**
 * The members of one JSON object, taken by name. Own members only, so that `__proto__` in the text is no more than an
 * unknown name. `done` refuses what nobody took: a misspelt name must not silently be a check that is never made.
 */
export class Members {
  private readonly rest: Map<string, unknown>
  private readonly prefix: string

  /**
   * Throws VALUE when `value` is not an object. `separator` stands between the object's place and a member's name:
   * `: ` where the place is a whole file.
   */
  constructor(value: unknown, place: string, separator: '.' | ': ' = '.') {
    this.rest = new Map(entriesOf(value, place))
    this.prefix = place + separator
  }

  /** The member read, or undefined where the object lacks it. */
  optional<T>(name: string, read: Read<T>): T | undefined {
    if (!this.rest.has(name)) return undefined
    const value = read(this.rest.get(name), this.prefix + name)
    this.rest.delete(name)
    return value
  }

  /** The member read; throws VALUE where the object lacks it. */
  required<T>(name: string, read: Read<T>): T {
    if (!this.rest.has(name)) refuseValue(this.prefix + name, 'missing')
    return this.optional(name, read) as T
  }

  /** Throws VALUE when a member is left. */
  done(): void {
    for (const name of this.rest.keys()) refuseValue(this.prefix + excerpt(name), 'unknown member')
  }
}

/** The own members of a JSON object in their order; throws VALUE when `value` is none. */
export function entriesOf(value: unknown, place: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuseValue(place, `not an object (${kind(value)})`)
  return Object.entries(value)
}

/** Reads an array, every element by `read`, naming `place[i]`. */
export function arrayOf<T>(read: Read<T>): Read<T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) refuseValue(place, `not an array (${kind(value)})`)
    return value.map((element, i) => read(element, `${place}[${i}]`))
  }
}

/** A whole number within bounds, inclusive; a zero has no sign. */
export function readWhole(least: number, most: number): Read<number> {
  return (value, place) => {
    const isWhole = Number.isSafeInteger(value) && !Object.is(value, -0)
    if (isWhole && (value as number) >= least && (value as number) <= most) return value as number
    return refuseValue(place, `not a whole number from ${least} to ${most}`)
  }
}

function kind(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function excerpt(name: string): string {
  return name.length > 80 ? name.slice(0, 80) + '…' : name
}

/** Throws VALUE: what stands at `place` is not what it must be. */
export function refuseValue(place: string, what: string): never {
  throw new ZvmError(ERROR_CODES.value, `${place}: ${what}`, { place })
}
