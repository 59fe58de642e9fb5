import { ERROR_CODES, ZvmError } from './errors.ts'

/** One line of assembly text. */
export interface Line {
  /** The file's name, as errors give it. */
  readonly place: string
  /** From 1. */
  readonly number: number
  readonly text: string
  /** What errors add: where a line of a macro is used. */
  readonly note?: string
}

export type TokenKind =
  | 'name'
  | 'number'
  | 'label'
  | 'reference'
  | 'directive'
  | 'string'
  | 'position'
  | 'operator'
  | 'other'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  /** Position in the line, from 0, in UTF-16 units. */
  readonly at: number
  readonly line: Line
}

/** Blanks, then a token: a group for each of KINDS, and whatever is none of them. */
const TOKEN =
  /\s*(?:([A-Za-z_]\w*:)|([A-Za-z_]\w*)|(0x[0-9a-fA-F]+:)|((?:0x[0-9a-fA-F]*|[0-9]+)(?!\w))|(@[A-Za-z_]\w*)|(\.[A-Za-z_]\w*)|("(?:[^"\\]|\\.)*")|([-+*()])|([^\s;]+))/y
const KINDS: readonly TokenKind[] = [
  ...([
    'label',
    'name',
    'position',
    'number',
    'reference',
    'directive',
    'string',
    'operator',
    'other',
  ] as const),
]
const COMMENT = /\s*\/\//y
const WORD = /[^\s;]+/y

/** Reads the tokens of one line from left to right; comments (`;` or `//` to the end) are none. */
export class Cursor {
  readonly line: Line
  #at = 0
  #next: Token | null | undefined

  constructor(line: Line) {
    this.line = line
  }

  /** The next token, left where it is; null at the end of the line. */
  peek(): Token | null {
    if (this.#next === undefined) this.#next = this.#read()
    return this.#next
  }

  /** Takes the next token. */
  take(): Token | null {
    const token = this.peek()
    if (token) this.#at = token.at + token.text.length
    this.#next = undefined
    return token
  }

  /** Takes all up to the next blank as one token, whatever it looks like. */
  takeWord(): Token | null {
    const token = this.peek()
    if (!token) return null
    const word: Token = {
      ...token,
      kind: 'other',
      text: matchAt(WORD, this.line.text, token.at) ?? token.text,
    }
    this.#at = word.at + word.text.length
    this.#next = undefined
    return word
  }

  #read(): Token | null {
    const { line } = this
    if (matchAt(COMMENT, line.text, this.#at) !== null) return null
    TOKEN.lastIndex = this.#at
    const match = TOKEN.exec(line.text)
    if (!match) return null
    let group = 1
    while (match[group] === undefined) group++
    const text = match[group]
    return { kind: KINDS[group - 1], text, at: TOKEN.lastIndex - text.length, line }
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? null
}

/** The lines of a text one after the other, whatever ends them. */
export function* assemblyLines(text: string, place: string): Generator<Line> {
  const end = /\r\n|\n|\r/g
  let from = 0
  for (let number = 1; ; number++) {
    const found = end.exec(text)
    yield { place, number, text: text.slice(from, found?.index) }
    if (!found) return
    from = end.lastIndex
  }
}

/** Longest stretch of a line shown in an error. */
const EXCERPT = 100

/** Throws VALUE: `file:line:column: what`, then the line and a caret under the token. */
export function refuse({ line, at }: Token, what: string): never {
  const { place, number, text, note = '' } = line
  const from = text.length <= EXCERPT ? 0 : Math.max(0, at - EXCERPT / 2)
  const shown = printable(text.slice(from, from + EXCERPT))
  // Tabs stay tabs, so that the caret stands under its token however wide they are.
  const indent = shown.slice(0, at - from).replace(/[^\t]/g, ' ')
  const message = `${place}:${number}:${at + 1}: ${what}${note}\n${shown}\n${indent}^`
  throw new ZvmError(ERROR_CODES.value, message, { place, line: number, column: at + 1 })
}

/** A token as an error quotes it: short, and with nothing a terminal would obey. */
export function quoted({ text }: { readonly text: string }): string {
  const shown = printable(text)
  return shown.length > 40 ? shown.slice(0, 40) + '…' : shown
}

function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd')
}
