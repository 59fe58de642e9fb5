import { ERROR_CODES, ZvmError } from './errors.ts'
import { decodeUtf8 } from './utf8.ts'

/** What untrusted JSON may cost. */
export interface JsonLimits {
  /** Longest text, in bytes (of a string: UTF-16 units, of which a text has no more than bytes). */
  readonly maxBytes?: number
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth?: number
  /** Refuses an object that has a key twice, of which the last would win. */
  readonly uniqueKeys?: boolean
  /** Gives an integer that no number holds exactly as its digits, text that `parseQuantity` reads. */
  readonly exactIntegers?: boolean
}

/** V8 holds no string over 2^29 units; the deepest format that zvm reads nests ten levels. */
export const JSON_LIMITS = { maxBytes: 1 << 28, maxDepth: 64 } as const

/**
 * The value of JSON text. Throws JSON naming `place`, with line and column where the text is wrong, when it is not
 * JSON, not UTF-8, or beyond a limit; both limits are checked before anything is built from the text.
 * A key `__proto__` becomes an ordinary own key: read members by name, or with `Members`, and never copy by assignment.
 */
export function parseJson(text: string | Uint8Array, place: string, limits: JsonLimits = {}): unknown {
  const { maxBytes = JSON_LIMITS.maxBytes, maxDepth = JSON_LIMITS.maxDepth, uniqueKeys = false } = limits
  if (text.length > maxBytes) refuse(place, `longer than ${maxBytes} bytes`)
  const source = typeof text === 'string' ? text : decodeUtf8(text, place, ERROR_CODES.json)
  const tooDeep = findDepthOver(source, maxDepth)
  if (tooDeep >= 0) refuseAt(place, source, tooDeep, `nested deeper than ${maxDepth} levels`)
  try {
    const value: unknown = JSON.parse(source)
    const repeated = uniqueKeys ? findRepeatedKey(source) : -1
    if (repeated >= 0) refuseAt(place, source, repeated, 'a key that is there before')
    const exact = limits.exactIntegers ? quoteLargeIntegers(source) : source
    return exact === source ? value : JSON.parse(exact)
  } catch (cause) {
    if (cause instanceof ZvmError) throw cause
    // Engines word their errors differently and not all give a position, so it is found here.
    const at = findSyntaxError(source)
    const what = at >= source.length ? 'JSON ends too early' : `not JSON: unexpected ${shown(source, at)}`
    refuseAt(place, source, at, what, cause)
  }
}

/** Where the text first nests deeper than `maxDepth`, or -1. In text that is not JSON the answer may be wrong. */
function findDepthOver(text: string, maxDepth: number): number {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at)
        break
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        if (++depth > maxDepth) return at
        break
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--
    }
  }
  return -1
}

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Where JSON text has a key for the second time in one object, or -1. */
function findRepeatedKey(text: string): number {
  // The keys of each object that is open; null for an array.
  const open: (Set<unknown> | null)[] = []
  let mayBeKey = false
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === QUOTE) {
      const end = endOfString(text, at)
      if (mayBeKey) {
        // As it is read: an escape may say the same.
        const key: unknown = JSON.parse(text.slice(at, end + 1))
        const keys = open.at(-1)
        if (keys?.has(key)) return at
        keys?.add(key)
      }
      mayBeKey = false
      at = end
    } else if (char === OPEN_OBJECT || char === OPEN_ARRAY) {
      open.push(char === OPEN_OBJECT ? new Set() : null)
      mayBeKey = char === OPEN_OBJECT
    } else if (char === CLOSE_OBJECT || char === CLOSE_ARRAY) open.pop()
    else if (char === COMMA) mayBeKey = open.at(-1) !== null
  }
  return -1
}

/** An integer that no number may hold: most texts have none, and are not gone through. */
const LONG = /\d{16}/
const NUMBER = /-?\d+([.eE]?)[\d.eE+-]*/y

/** JSON text with quotes around its integers beyond 2^53. */
function quoteLargeIntegers(text: string): string {
  if (!LONG.test(text)) return text
  let quoted = ''
  let copied = 0
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) === QUOTE) {
      at = endOfString(text, at)
      continue
    }
    NUMBER.lastIndex = at
    const [number, fraction] = NUMBER.exec(text) ?? []
    if (number === undefined) continue
    if (!fraction && !Number.isSafeInteger(Number(number))) {
      quoted += `${text.slice(copied, at)}"${number}"`
      copied = at + number.length
    }
    at += number.length - 1
  }
  return quoted + text.slice(copied)
}

/** Position of the quote that ends the string begun at `start`; the text's length if there is none. */
function endOfString(text: string, start: number): number {
  let end = start
  do {
    end = text.indexOf('"', end + 1)
    if (end < 0) return text.length
  } while (isEscaped(text, end))
  return end
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++
  return slashes % 2 === 1
}

const SPACE = /[ \t\n\r]*/y
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/**
 * Where text that is not JSON stops being JSON: the position of the first token that cannot stand there, or the text's
 * length when it only ends too early. A loop with a stack of closing brackets, since the text may be long.
 */
function findSyntaxError(text: string): number {
  const closers: string[] = []
  // What may stand next: a value, a key, or what follows a value; a closing bracket only where `mayClose`.
  let expect: 'value' | 'key' | 'after' = 'value'
  let mayClose = false
  let at = 0
  for (;;) {
    at = skip(SPACE, text, at)
    const char = text[at]
    if (mayClose && char === closers.at(-1)) {
      closers.pop()
      expect = 'after'
      mayClose = closers.length > 0
      at++
    } else if (expect === 'after') {
      if (char !== ',' || closers.length === 0) return at
      expect = closers.at(-1) === '}' ? 'key' : 'value'
      mayClose = false
      at++
    } else if (expect === 'key') {
      const end = afterString(text, at)
      if (end < 0) return ~end
      at = skip(SPACE, text, end)
      if (text[at] !== ':') return at
      at++
      expect = 'value'
      mayClose = false
    } else if (char === '{' || char === '[') {
      closers.push(char === '{' ? '}' : ']')
      expect = char === '{' ? 'key' : 'value'
      mayClose = true
      at++
    } else {
      const end = char === '"' ? afterString(text, at) : afterScalar(text, at)
      if (end < 0) return ~end
      at = end
      expect = 'after'
      mayClose = closers.length > 0
    }
  }
}

/** Position after the string that begins at `start`, or ~position of the character that cannot stand there. */
function afterString(text: string, start: number): number {
  if (text.charCodeAt(start) !== QUOTE) return ~start
  for (let at = start + 1; at < text.length; ) {
    const char = text.charCodeAt(at)
    if (char === QUOTE) return at + 1
    const next = char === BACKSLASH ? skip(ESCAPE, text, at) : at + 1
    if (char < 0x20 || next === at) return ~at
    at = next
  }
  return ~text.length
}

/** Position after the number or word that begins at `start`, or ~start. */
function afterScalar(text: string, start: number): number {
  const end = skip(SCALAR, text, start)
  return end === start ? ~start : end
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

function shown(text: string, at: number): string {
  return JSON.stringify(String.fromCodePoint(text.codePointAt(at)!))
}

function refuseAt(place: string, text: string, at: number, what: string, cause?: unknown): never {
  let line = 1
  let lineStart = 0
  for (let end = text.indexOf('\n'); end >= 0 && end < at; end = text.indexOf('\n', lineStart)) {
    line++
    lineStart = end + 1
  }
  const column = at - lineStart + 1
  refuse(place, `${what} (line ${line}, column ${column})`, { line, column, position: at }, cause)
}

function refuse(place: string, what: string, details: Record<string, unknown> = {}, cause?: unknown): never {
  throw new ZvmError(ERROR_CODES.json, `${place}: ${what}`, { place, ...details }, cause)
}
