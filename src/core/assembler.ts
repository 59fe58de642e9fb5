import { readData, readString } from './assembly-data.ts'
import { type Expression, type Names, readExpression, readFactor, type Scope } from './assembly-expression.ts'
import { Layout } from './assembly-layout.ts'
import { Macros } from './assembly-macros.ts'
import { assemblyLines, Cursor, type Line, quoted, refuse, type Token } from './assembly-text.ts'
import { isCapabilityName } from './capability-name.ts'
import { ERROR_CODES, ZvmError } from './errors.ts'
import type { Row } from './row.ts'
import type { Table } from './table.ts'

/** What a text assembles to. */
export interface Assembly {
  readonly code: Uint8Array
  /** What `.target` names; null without one. */
  readonly target: string | null
  /** The rows it was assembled with. */
  readonly table: Table
  /** The JSON of `.abi`, unread, and where it is from; null without one. */
  readonly abi: { readonly json: string; readonly place: string } | null
  /** What `.capability` names, in order, each once. */
  readonly capabilities: readonly string[]
}

/** What an assembly text takes from outside of it. Either may throw ZvmError, which is then told with the place. */
export interface Surroundings {
  /** The rows for a target; for null, where the text names none. */
  tableOf(target: string | null): Table
  /** The text of the file that `.abi "path"` names. */
  readAbi(path: string): string
}

/** Longest text, in UTF-16 units. */
const TEXT_LIMIT = 1 << 26
/** Errors after which the rest of a text is not read. */
const ERROR_LIMIT = 20

/**
 * Assembles text against the rows of a table, and nothing else: a mnemonic is the name of a row, its operand the
 * row's immediate. Throws VALUE with `place:line:column: what`, the line and a caret, for up to 20 errors, one a line
 * of text; `details.errors` lists them.
 *
 *     line        = { statement } [ comment ]
 *     statement   = label | instruction | reference | use | directive | position
 *     label       = NAME ":"                            names this position; it emits nothing, not even a JUMPDEST
 *     instruction = MNEMONIC [ operand ]                an operand exactly where the row has an immediate
 *                 | "PUSH" operand                      the narrowest PUSHn of the table that holds it
 *     reference   = "@" NAME ...                        PUSH of an expression that begins with a label's position
 *     operand     = term { ( "+" | "-" ) term }         big-endian, filled up with zeros on the left
 *     term        = factor { "*" factor }
 *     factor      = "0x" HEX | DECIMAL | NAME | "@" NAME | "(" operand ")"     NAME: a constant or parameter
 *     use         = NAME { factor }                     a macro: a factor for each of its parameters
 *     position    = "0x" HEX ":"                        as `disassemblyLines` writes it; ignored
 *     comment     = ( ";" | "//" ) anything
 *     directive   = ".data" bytes { bytes }             bytes as they are
 *                 | ".const" NAME operand               defined before its use
 *                 | ".macro" NAME { NAME }              up to the line ".endm"; its labels are each use's own
 *                 | ".target" ( "zvm" | "evm" )         the instruction set; before any code
 *                 | ".capability" WORD                  that the contract asks for
 *                 | ".abi" STRING                       a file of JSON, its path relative to the text
 *                 | ".abi"                              the JSON that follows, up to the line ".endabi"
 *     bytes       = "0x" { HEX HEX } | STRING           a string is its UTF-8; \n \r \t \0 \\ \" \xHH
 *
 * Mnemonics may be written in any case; NAME is a letter or `_`, then letters, digits and `_`, in the case it has, and
 * no mnemonic in capitals; the name of a macro is none in any case.
 * `@NAME` and `PUSH @NAME` take the narrowest push that holds the position, `PUSH2 @NAME` the one it names. All
 * widths are chosen together: the same text gives the same bytes, and with plain labels the fewest.
 */
export function assembleText(text: string, place: string, surroundings: Surroundings): Assembly {
  return new Assembler(text.replace(/^\ufeff/, ''), place, surroundings).assemble()
}

/** The code of a text for one table, whatever `.target` it names. Throws as `assembleText`. */
export function assemble(text: string, table: Table, place: string): Uint8Array {
  const readAbi = () => {
    throw new ZvmError(ERROR_CODES.value, 'no file can be read here')
  }
  return assembleText(text, place, { tableOf: () => table, readAbi }).code
}

/** What a directive does with the tokens that follow it on its line. */
type Directive = (assembler: Assembler, cursor: Cursor, name: Token) => void

const DIRECTIVES: ReadonlyMap<string, Directive> = new Map<string, Directive>([
  ['.data', (assembler, cursor, name) => assembler.data(cursor, name)],
  ['.const', (assembler, cursor, name) => assembler.constant(cursor, name)],
  ['.macro', (assembler, cursor, name) => assembler.macro(cursor, name)],
  ['.target', (assembler, cursor, name) => assembler.target(cursor, name)],
  ['.capability', (assembler, cursor, name) => assembler.capability(cursor, name)],
  ['.abi', (assembler, cursor, name) => assembler.abi(cursor, name)],
])

/** What has been read so far. */
class Assembler {
  readonly #lines: Iterator<Line>
  readonly #surroundings: Surroundings
  readonly #errors: ZvmError[] = []
  readonly #constants = new Map<string, Expression>()
  readonly #constantNames: Token[] = []
  readonly #macros = new Macros()
  readonly #capabilities = new Set<string>()
  #abi: Assembly['abi'] = null
  #target: string | null = null
  #chosen: { table: Table; layout: Layout; rows: ReadonlyMap<string, Row> } | null = null
  #scope: Scope = { labels: new Map(), parameters: new Map(), parent: null }

  constructor(text: string, place: string, surroundings: Surroundings) {
    if (text.length > TEXT_LIMIT)
      throw new ZvmError(ERROR_CODES.value, `${place}: longer than ${TEXT_LIMIT} characters`, { place })
    this.#lines = assemblyLines(text, place)
    this.#surroundings = surroundings
  }

  assemble(): Assembly {
    for (let line = this.#nextLine(); line; line = this.#nextLine()) {
      const current = line
      this.#attempt(() => this.#line(current))
      const isUnknown = this.#target !== null && !this.#chosen
      if (isUnknown || this.#errors.length === ERROR_LIMIT) break
    }
    // Only now, since a constant may stand before what chooses the rows.
    for (const name of this.#constantNames) this.#attempt(() => this.#refuseReserved(name, name.text))
    // Before labels are looked up: a line that was refused may have held the one that is missing.
    this.#throwErrors()
    const { table, layout } = this.#set
    let code: Uint8Array = new Uint8Array(0)
    this.#attempt(() => {
      code = layout.link()
    })
    this.#throwErrors()
    const [target, abi, capabilities] = [this.#target, this.#abi, [...this.#capabilities]]
    return { code, target, table, abi, capabilities }
  }

  /** The rows, chosen by `.target` or at the first need of them, and the program that is made of them. */
  get #set() {
    if (!this.#chosen) {
      const table = this.#surroundings.tableOf(this.#target)
      const rows = new Map([...table.rows.values()].map((row) => [row.name, row]))
      this.#chosen = { table, layout: new Layout(table), rows }
    }
    return this.#chosen
  }

  get #names(): Names {
    return { constants: this.#constants, scope: this.#scope }
  }

  #nextLine(): Line | null {
    const { done, value } = this.#lines.next()
    return done ? null : value
  }

  /** Notes what is wrong with a line, so that the next can be read. */
  #attempt(read: () => void): void {
    const scope = this.#scope
    try {
      read()
    } catch (error) {
      if (!(error instanceof ZvmError) || error.details.column === undefined) throw error
      this.#errors.push(error)
      this.#scope = scope
      this.#macros.leaveAll()
    }
  }

  #throwErrors(): void {
    const [first] = this.#errors
    if (!first) return
    const errors = this.#errors.map(({ message, details: { line, column } }) => {
      return { line, column, message: message.split('\n')[0] }
    })
    const message = this.#errors.map((error) => error.message).join('\n')
    throw new ZvmError(first.code, message, { ...first.details, errors }, first.cause)
  }

  #line(line: Line): void {
    const cursor = new Cursor(line)
    for (let token = cursor.peek(); token; token = cursor.peek()) this.#statement(cursor, token)
  }

  #statement(cursor: Cursor, token: Token): void {
    if (token.kind === 'reference') this.#operation(null, cursor, token)
    else {
      cursor.take()
      if (token.kind === 'label') this.#label(token)
      else if (token.kind === 'name') this.#instruction(cursor, token)
      else if (token.kind === 'directive') this.#directive(cursor, token)
      else if (token.kind === 'number')
        refuse(token, `${quoted(token)} follows nothing that takes an operand`)
      else if (token.kind !== 'position')
        refuse(token, `${quoted(token)} is no instruction, label, number or directive`)
    }
  }

  #directive(cursor: Cursor, token: Token): void {
    const directive = DIRECTIVES.get(token.text)
    if (!directive) refuse(token, `unknown directive ${quoted(token)}`)
    directive(this, cursor, token)
  }

  #label(token: Token): void {
    const name = token.text.slice(0, -1)
    this.#refuseReserved(token, name)
    if (this.#scope.labels.has(name)) refuse(token, `the label ${quoted(token)} is defined twice`)
    this.#scope.labels.set(name, this.#set.layout.mark())
  }

  #instruction(cursor: Cursor, token: Token): void {
    const macro = this.#macros.get(token.text)
    if (macro) {
      const factors = macro.parameters.map((name) => [name, this.#argument(cursor, token, name)] as const)
      this.#expand(token, new Map(factors))
      return
    }
    const name = token.text.toUpperCase()
    const { rows, layout, table } = this.#set
    const row = rows.get(name)
    if (!row && name !== 'PUSH') refuse(token, `no instruction ${quoted(token)} in the table ${table.name}`)
    if (row && !row.immediate) {
      layout.add(Uint8Array.of(row.code), token)
      return
    }
    const operand = cursor.peek()
    if (!operand) {
      const size = row ? ` of ${row.immediate} ${row.immediate === 1 ? 'byte' : 'bytes'}` : ''
      refuse(token, `${name} needs an operand${size}`)
    }
    this.#operation(row ?? null, cursor, operand)
  }

  /** An instruction whose operand begins at `token`. */
  #operation(row: Row | null, cursor: Cursor, token: Token): void {
    this.#set.layout.addOperation(row, readExpression(cursor, this.#names), token)
  }

  #argument(cursor: Cursor, use: Token, parameter: string): Expression {
    if (!cursor.peek()) refuse(use, `${quoted(use)} needs its parameter ${quoted({ text: parameter })}`)
    return readFactor(cursor, this.#names)
  }

  #expand(use: Token, parameters: ReadonlyMap<string, Expression>): void {
    const outer = this.#scope
    this.#scope = { labels: new Map(), parameters, parent: outer.parent ?? outer }
    for (const line of this.#macros.enter(use)) this.#line(line)
    this.#macros.leave()
    this.#scope = outer
  }

  data(cursor: Cursor, name: Token): void {
    this.#set.layout.add(readData(cursor, name), name)
  }

  constant(cursor: Cursor, directive: Token): void {
    const name = cursor.take()
    if (name?.kind !== 'name') refuse(name ?? directive, '.const needs a name')
    if (this.#constants.has(name.text)) refuse(name, `the constant ${quoted(name)} is defined twice`)
    this.#constants.set(name.text, readExpression(cursor, this.#names))
    this.#constantNames.push(name)
  }

  macro(cursor: Cursor, directive: Token): void {
    const names = {
      isInstruction: (name: string) => this.#isInstruction(name.toUpperCase()),
      refuseReserved: (parameter: Token) => this.#refuseReserved(parameter, parameter.text),
    }
    this.#macros.define(directive, cursor, names, () => this.#nextLine())
  }

  #isInstruction(name: string): boolean {
    return name === 'PUSH' || this.#set.rows.has(name)
  }

  /** A mnemonic as the table writes it names nothing else: `PUSH ADD` would be read as an instruction. */
  #refuseReserved(token: Token, name: string): void {
    if (this.#isInstruction(name)) refuse(token, `${quoted({ text: name })} is an instruction`)
  }

  target(cursor: Cursor, directive: Token): void {
    const name = cursor.takeWord()
    if (!name) refuse(directive, '.target needs the name of an instruction set')
    if (this.#target !== null) refuse(name, 'the target is named twice')
    if (this.#chosen) refuse(name, '.target comes before all code, labels and macros')
    this.#target = name.text
    located(name, () => this.#set)
  }

  capability(cursor: Cursor, directive: Token): void {
    const name = cursor.takeWord()
    if (!name) refuse(directive, '.capability needs a name')
    if (!isCapabilityName(name.text)) refuse(name, `${quoted(name)} is no name of a capability`)
    this.#capabilities.add(name.text)
  }

  abi(cursor: Cursor, directive: Token): void {
    if (this.#abi) refuse(directive, 'there is a second .abi')
    if (this.#scope.parent) refuse(directive, '.abi within a macro')
    const path = cursor.take()
    if (path) {
      if (path.kind !== 'string') refuse(path, '.abi needs the path of a file in quotes, or nothing')
      const place = readString(path)
      this.#abi = { json: located(path, () => this.#surroundings.readAbi(place)), place }
      return
    }
    const { place, number } = directive.line
    // Empty lines before it, so that what is wrong with it is told with its line in the file.
    const lines: string[] = new Array(number).fill('')
    for (let line = this.#nextLine(); line?.text.trim() !== '.endabi'; line = this.#nextLine()) {
      if (!line) refuse(directive, '.abi without .endabi')
      lines.push(line.text)
    }
    this.#abi = { json: lines.join('\n'), place }
  }
}

/** What is wrong outside of the text, told with the place in it that asked. */
function located<T>(token: Token, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof ZvmError) refuse(token, error.message)
    throw error
  }
}
