import { type AssemblyLine, assemblyLines, quoted, type Token } from './assembly-line.ts'
import { hexToBytes } from './hex.ts'
import type { Row } from './row.ts'
import type { Table } from './table.ts'
import { bigintToBytes } from './word.ts'

/**
 * Assembles text against the rows of a table, and nothing else: a mnemonic is the name of a row, its operand the
 * row's immediate. Throws VALUE with `place:line:column`, the line and a caret.
 *
 *     line        = { statement } [ comment ]           words are separated by blanks
 *     statement   = label | instruction | reference | directive | position
 *     label       = NAME ":"                            names this position; it emits nothing, not even a JUMPDEST
 *     instruction = MNEMONIC [ operand ]                an operand exactly where the row has an immediate
 *                 | "PUSH" operand                      the narrowest PUSHn of the table that holds it
 *     reference   = "@" NAME                            PUSH of that label's position
 *     operand     = "0x" HEX | DECIMAL | "@" NAME       big-endian, filled up with zeros on the left
 *     directive   = ".data" "0x" HEX { "0x" HEX }       bytes as they are
 *     position    = "0x" HEX ":"                        as `disassemblyLines` writes it; ignored
 *     comment     = ( ";" | "//" ) anything
 *
 * Mnemonics may be written in any case; NAME is a letter or `_`, then letters, digits and `_`, in the case it has.
 * `@NAME` and `PUSH @NAME` take PUSH2, or the narrowest wider one where the table lacks it, wherever the label is:
 * the width never depends on the layout. `PUSH1 @NAME` and `PUSH4 @NAME` choose another.
 */
export function assemble(text: string, table: Table, place: string): Uint8Array {
  const program = new Program(table)
  for (const line of assemblyLines(text.replace(/^\ufeff/, ''), place)) {
    for (let token = line.take(); token; token = line.take()) statement(program, line, token)
  }
  return program.link()
}

const NAME = /^[A-Za-z_]\w*$/
const LABEL = /^([A-Za-z_]\w*):$/
const POSITION = /^0x[0-9a-fA-F]+:$/
const NUMBER = /^(?:0x[0-9a-fA-F]+|[0-9]{1,78})$/
const HEX_BYTES = /^0x(?:[0-9a-fA-F]{2})*$/

/** Narrowest immediate for the position of a label, in bytes. */
const LABEL_BYTES = 2

/** What a directive does with the words that follow it on its line. */
type Directive = (program: Program, line: AssemblyLine, name: Token) => void

const DIRECTIVES: ReadonlyMap<string, Directive> = new Map([['.data', data]])

/** A piece of the program: bytes, or a row whose immediate is the position of a label. */
type Piece = Uint8Array | Reference

interface Reference {
  readonly row: Row
  readonly label: string
  readonly line: AssemblyLine
  readonly token: Token
}

/** What has been read so far; labels get their places as they are met, references when all is read. */
class Program {
  readonly table: Table
  readonly rows: ReadonlyMap<string, Row>
  readonly #pieces: Piece[] = []
  readonly #labels = new Map<string, number>()
  #sizeBytes = 0

  constructor(table: Table) {
    this.table = table
    this.rows = new Map([...table.rows.values()].map((row) => [row.name, row]))
  }

  add(piece: Piece): void {
    this.#pieces.push(piece)
    this.#sizeBytes += sizeOf(piece)
  }

  /** False if the name is taken. */
  define(label: string): boolean {
    if (this.#labels.has(label)) return false
    this.#labels.set(label, this.#sizeBytes)
    return true
  }

  /** The row PUSHn with the fewest immediate bytes that are at least `sizeBytes`. */
  narrowestPush(sizeBytes: number): Row | undefined {
    for (let n = sizeBytes; n <= 32; n++) {
      const row = this.rows.get(`PUSH${n}`)
      if (row && (row.immediate ?? 0) === n) return row
    }
    return undefined
  }

  link(): Uint8Array {
    const code = new Uint8Array(this.#sizeBytes)
    let at = 0
    for (const piece of this.#pieces) {
      code.set(piece instanceof Uint8Array ? piece : this.#resolve(piece), at)
      at += sizeOf(piece)
    }
    return code
  }

  #resolve({ row, label, line, token }: Reference): Uint8Array {
    const position = this.#labels.get(label)
    if (position === undefined) return line.refuse(token, `no label ${label}: is defined`)
    return encode(row, BigInt(position), line, token)
  }
}

function sizeOf(piece: Piece): number {
  return piece instanceof Uint8Array ? piece.length : 1 + (piece.row.immediate ?? 0)
}

function statement(program: Program, line: AssemblyLine, token: Token): void {
  const { text } = token
  if (POSITION.test(text)) return
  const label = LABEL.exec(text)?.[1]
  if (label !== undefined) {
    if (!program.define(label)) line.refuse(token, `the label ${label}: is defined twice`)
  } else if (text.startsWith('@')) {
    program.add(reference(labelPush(program, line, token), line, token))
  } else if (text.startsWith('.')) {
    const directive = DIRECTIVES.get(text)
    if (!directive) line.refuse(token, `unknown directive ${quoted(token)}`)
    directive(program, line, token)
  } else if (NAME.test(text)) instruction(program, line, token)
  else if (NUMBER.test(text)) line.refuse(token, `${quoted(token)} follows nothing that takes an operand`)
  else line.refuse(token, `${quoted(token)} is no instruction, label, number or directive`)
}

function instruction(program: Program, line: AssemblyLine, token: Token): void {
  const name = token.text.toUpperCase()
  const row = program.rows.get(name)
  if (!row && name !== 'PUSH')
    line.refuse(token, `no instruction ${quoted(token)} in the table ${program.table.name}`)
  if (row && !row.immediate) {
    program.add(Uint8Array.of(row.code))
    return
  }
  const operand = line.take()
  if (!operand) {
    const size = row ? ` of ${row.immediate} ${row.immediate === 1 ? 'byte' : 'bytes'}` : ''
    line.refuse(token, `${name} needs an operand${size}`)
  }
  if (operand.text.startsWith('@')) {
    program.add(reference(row ?? labelPush(program, line, operand), line, operand))
  } else {
    const value = numberOf(line, operand)
    program.add(encode(row ?? valuePush(program, value, line, operand), value, line, operand))
  }
}

function reference(row: Row, line: AssemblyLine, token: Token): Reference {
  const label = token.text.slice(1)
  if (!NAME.test(label)) line.refuse(token, `${quoted(token)} is no reference to a label`)
  return { row, label, line, token }
}

function labelPush(program: Program, line: AssemblyLine, token: Token): Row {
  const row = program.narrowestPush(LABEL_BYTES)
  return row ?? line.refuse(token, `the table ${program.table.name} has no PUSH for the position of a label`)
}

function valuePush(program: Program, value: bigint, line: AssemblyLine, token: Token): Row {
  const sizeBytes = value === 0n ? 0 : Math.ceil(value.toString(16).length / 2)
  const row = program.narrowestPush(sizeBytes)
  return (
    row ?? line.refuse(token, `the table ${program.table.name} has no PUSH of ${sizeBytes} bytes or more`)
  )
}

function numberOf(line: AssemblyLine, token: Token): bigint {
  if (!NUMBER.test(token.text)) line.refuse(token, `${quoted(token)} is no number`)
  return BigInt(token.text)
}

/** The row's byte and the value as its immediate. */
function encode(row: Row, value: bigint, line: AssemblyLine, token: Token): Uint8Array {
  const sizeBytes = row.immediate ?? 0
  if (value >> BigInt(8 * sizeBytes) !== 0n) {
    const operand = token.text.startsWith('@') ? `position 0x${value.toString(16)}` : quoted(token)
    line.refuse(token, `${operand} does not fit the ${8 * sizeBytes} bits of ${row.name}`)
  }
  const bytes = new Uint8Array(1 + sizeBytes)
  bytes[0] = row.code
  bytes.set(bigintToBytes(value, sizeBytes), 1)
  return bytes
}

/** `.data 0x…`: takes every word of whole hex bytes that follows. */
function data(program: Program, line: AssemblyLine, name: Token): void {
  if (!line.peek()?.text.startsWith('0x')) line.refuse(line.peek() ?? name, '.data needs bytes as 0x hex')
  for (let token = line.peek(); token?.text.startsWith('0x'); token = line.peek()) {
    if (!HEX_BYTES.test(token.text)) line.refuse(token, `${quoted(token)} is not whole bytes of hex`)
    program.add(hexToBytes(token.text, line.place))
    line.take()
  }
}
