import { Cursor, type Line, quoted, refuse, type Token } from './assembly-text.ts'

/** Characters that all uses together may give. */
const EXPANSION_LIMIT = 1 << 20
/** Macros in use within each other. */
const DEPTH_LIMIT = 64
const PARAMETER_LIMIT = 32

export interface Macro {
  readonly parameters: readonly string[]
  readonly body: readonly Line[]
}

/** The macros of a text, and which of them are in use. */
export class Macros {
  readonly #macros = new Map<string, Macro>()
  /** The macros in use, the innermost last. */
  readonly #uses: string[] = []
  #expanded = 0

  get(name: string): Macro | undefined {
    return this.#macros.get(name)
  }

  /**
   * Reads a definition: the line of `.macro`, and those after it up to `.endm`. `names` tells which are taken. Throws
   * VALUE.
   */
  define(
    directive: Token,
    cursor: Cursor,
    names: { isInstruction(name: string): boolean; refuseReserved(parameter: Token): void },
    nextLine: () => Line | null,
  ): void {
    // Read before anything is refused, or its lines would be taken for the program's.
    const body = bodyOf(directive, nextLine)
    if (this.#uses.length > 0) refuse(directive, NESTED)
    const name = cursor.take()
    if (name?.kind !== 'name') refuse(name ?? directive, '.macro needs a name')
    if (names.isInstruction(name.text)) refuse(name, `${quoted(name)} is an instruction`)
    if (this.#macros.has(name.text)) refuse(name, `the macro ${quoted(name)} is defined twice`)
    this.#macros.set(name.text, { parameters: parametersOf(cursor, names.refuseReserved), body })
  }

  /** The lines of a use. Throws VALUE where a macro uses itself, and where there are too many. */
  enter(use: Token): Line[] {
    const { body } = this.#macros.get(use.text)!
    if (this.#uses.includes(use.text)) refuse(use, `the macro ${quoted(use)} uses itself`)
    if (this.#uses.length === DEPTH_LIMIT) refuse(use, `more than ${DEPTH_LIMIT} macros within each other`)
    this.#uses.push(use.text)
    for (const { text } of body) this.#expanded += text.length + 1
    if (this.#expanded > EXPANSION_LIMIT) refuse(use, `macros give more than ${EXPANSION_LIMIT} characters`)
    const note = ` (in ${quoted(use)}, used in line ${use.line.number})`
    return body.map((line) => ({ ...line, note }))
  }

  leave(): void {
    this.#uses.pop()
  }

  leaveAll(): void {
    this.#uses.length = 0
  }
}

const NESTED = 'a macro is defined within a macro'

function bodyOf(directive: Token, nextLine: () => Line | null): Line[] {
  const body: Line[] = []
  let nested: Token | null = null
  for (let line = nextLine(); line; line = nextLine()) {
    const first = new Cursor(line).peek()
    if (first?.text === '.endm') return nested ? refuse(nested, NESTED) : body
    if (first?.text === '.macro') nested ??= first
    body.push(line)
  }
  return refuse(directive, 'the macro has no .endm')
}

function parametersOf(cursor: Cursor, refuseReserved: (parameter: Token) => void): string[] {
  const names = new Set<string>()
  for (let token = cursor.take(); token; token = cursor.take()) {
    if (token.kind !== 'name') refuse(token, `${quoted(token)} is no name of a parameter`)
    refuseReserved(token)
    if (names.has(token.text)) refuse(token, `the parameter ${quoted(token)} is named twice`)
    if (names.size === PARAMETER_LIMIT) refuse(token, `more than ${PARAMETER_LIMIT} parameters`)
    names.add(token.text)
  }
  return [...names]
}
