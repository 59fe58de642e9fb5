import { ERROR_CODES, ZvmError } from './errors.ts'

/** Longest stretch of a line shown in an error. */
const EXCERPT = 100

/** A word of assembly text: what stands between blanks. */
export interface Token {
  readonly text: string
  /** Position in the line, from 0, in UTF-16 units. */
  readonly at: number
}

/** The words of one line, taken from left to right; comments (`;` or `//` to the end) are none. */
export class AssemblyLine {
  readonly text: string
  /** The file's name, as errors give it. */
  readonly place: string
  /** From 1. */
  readonly number: number
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(text: string, place: string, number: number) {
    this.text = text
    this.place = place
    this.number = number
    const end = text.search(/;|\/\//)
    const code = end < 0 ? text : text.slice(0, end)
    this.#tokens = [...code.matchAll(/\S+/g)].map((match) => ({ text: match[0], at: match.index }))
  }

  /** The next word, left where it is; undefined at the end of the line. */
  peek(): Token | undefined {
    return this.#tokens[this.#next]
  }

  /** Takes the next word. */
  take(): Token | undefined {
    return this.#tokens[this.#next++]
  }

  /** Throws VALUE: `file:line:column: what`, then the line and a caret under the word. */
  refuse(token: Token, what: string): never {
    const { place, number: line } = this
    const column = token.at + 1
    const from = this.text.length <= EXCERPT ? 0 : Math.max(0, token.at - EXCERPT / 2)
    const shown = printable(this.text.slice(from, from + EXCERPT))
    // Tabs stay tabs, so that the caret stands under its word however wide they are.
    const indent = shown.slice(0, token.at - from).replace(/[^\t]/g, ' ')
    const message = `${place}:${line}:${column}: ${what}\n${shown}\n${indent}^`
    throw new ZvmError(ERROR_CODES.value, message, { place, line, column })
  }
}

/** The lines of a text, whatever ends them. */
export function assemblyLines(text: string, place: string): AssemblyLine[] {
  return text.split(/\r\n|\n|\r/).map((line, index) => new AssemblyLine(line, place, index + 1))
}

/** A word as an error quotes it: short, and with nothing a terminal would obey. */
export function quoted(token: Token): string {
  const text = printable(token.text)
  return text.length > 40 ? text.slice(0, 40) + '…' : text
}

function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd')
}
