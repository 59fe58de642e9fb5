/**
 * Puts lines together that belong together: one that ends in a backslash with the next, `{` with all up to its `}`, and
 * a macro up to its `.endm`.
 */
export class Blocks {
  #lines: string[] = []
  #end: RegExp | null = null

  /** Whether more lines belong to what has been given. */
  get isOpen(): boolean {
    return this.#lines.length > 0
  }

  /** What is whole with this line; null while it is not. */
  add(line: string): string | null {
    const opening = this.#end === null ? openingOf(line) : null
    if (opening) {
      this.#end = opening.end
      this.#lines.push(opening.kept)
      return null
    }
    if (this.#end !== null) {
      const isEnd = this.#end.test(line)
      if (!isEnd || this.#end !== BRACE) this.#lines.push(line)
      return isEnd ? this.take() : null
    }
    if (/\\\s*$/.test(line)) {
      this.#lines.push(line.replace(/\\\s*$/, ''))
      return null
    }
    this.#lines.push(line)
    return this.take()
  }

  /** What there is, whole or not. */
  take(): string {
    const text = this.#lines.join('\n')
    this.#lines = []
    this.#end = null
    return text
  }
}

const BRACE = /^\s*\}\s*$/
const MACRO_END = /^\s*\.endm\b/

function openingOf(line: string): { end: RegExp; kept: string } | null {
  if (/\{\s*$/.test(line)) return { end: BRACE, kept: line.replace(/\{\s*$/, '') }
  return /^\s*\.macro\b/.test(line) ? { end: MACRO_END, kept: line } : null
}
