import { type Expression, evaluate, labelsOf, type Mark, type Scope } from './assembly-expression.ts'
import { quoted, refuse, type Token } from './assembly-text.ts'
import { CODE_LIMIT_BYTES } from './program.ts'
import type { Row } from './row.ts'
import type { Table } from './table.ts'
import { bigintToBytes } from './word.ts'

/**
 * Evaluations of references, and rounds over them, after both of which all take a width that holds any position.
 * Programs take three rounds or four; one made for it takes as many as it has references.
 */
const EVALUATION_LIMIT = 1_000_000
const ROUND_LIMIT = 16

/** An instruction whose immediate depends on the positions of labels. */
interface Reference {
  /** Null: the narrowest push that holds the value. */
  readonly row: Row | null
  readonly expression: Expression
  readonly token: Token
  /** Bytes before it, references not counted. */
  readonly offset: number
}

/** The rows that push their immediate, PUSHn of n bytes, the narrowest first. */
function pushRows(table: Table): Row[] {
  return [...table.rows.values()].filter(isPush).sort((a, b) => widthOf(a) - widthOf(b))
}

/** Whether a row is a PUSHn of n bytes: what makes a push is its name, as other rows have immediates too. */
export function isPush({ name, immediate = 0 }: Row): boolean {
  return name === `PUSH${immediate}`
}

function widthOf({ immediate = 0 }: Row): number {
  return immediate
}

/** The bytes of a program, with gaps for what depends on labels until `link` fills them. */
export class Layout {
  readonly #pushes: readonly Row[]
  readonly #tableName: string
  readonly #references: Reference[] = []
  #bytes = new Uint8Array(256)
  #sizeBytes = 0

  constructor(table: Table) {
    this.#pushes = pushRows(table)
    this.#tableName = table.name
  }

  get isEmpty(): boolean {
    return this.#sizeBytes === 0 && this.#references.length === 0
  }

  /** Where the next byte will be. */
  mark(): Mark {
    return { offset: this.#sizeBytes, references: this.#references.length }
  }

  add(bytes: Uint8Array, token: Token): void {
    const sizeBytes = this.#sizeBytes + bytes.length
    if (sizeBytes > CODE_LIMIT_BYTES) refuse(token, `the program is over ${CODE_LIMIT_BYTES} bytes`)
    if (sizeBytes > this.#bytes.length) {
      const grown = new Uint8Array(2 * sizeBytes)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#bytes.set(bytes, this.#sizeBytes)
    this.#sizeBytes = sizeBytes
  }

  /** An instruction with an immediate; `row` null takes the narrowest push that holds it. */
  addOperation(row: Row | null, expression: Expression, token: Token): void {
    if (typeof expression === 'bigint') {
      this.add(encode(row ?? this.#narrowest(expression, token), expression, token), token)
      return
    }
    if (!row && this.#pushes.length === 0) refuse(token, `the table ${this.#tableName} has no PUSH`)
    this.#references.push({ row, expression, token, offset: this.#sizeBytes })
  }

  #narrowest(value: bigint, token: Token): Row {
    const sizeBytes = bytesOf(value)
    const row = this.#pushes.find((push) => widthOf(push) >= sizeBytes)
    return row ?? refuse(token, `the table ${this.#tableName} has no PUSH of ${sizeBytes} bytes or more`)
  }

  /** The program. Throws VALUE on a label that is not defined and on a value that does not fit. */
  link(): Uint8Array {
    for (const { expression } of this.#references) resolve(expression)
    const rows = this.#chooseRows()
    const starts = startsOf(rows)
    const code = new Uint8Array(this.#sizeBytes + starts[rows.length])
    let from = 0
    for (const [i, { expression, token, offset }] of this.#references.entries()) {
      code.set(this.#bytes.subarray(from, offset), from + starts[i])
      const value = evaluate(expression, positionsAfter(starts))
      code.set(encode(rows[i], value, token), offset + starts[i])
      from = offset
    }
    code.set(this.#bytes.subarray(from, this.#sizeBytes), from + starts[rows.length])
    if (code.length > CODE_LIMIT_BYTES)
      refuse(this.#references[0].token, `the program is over ${CODE_LIMIT_BYTES} bytes`)
    return code
  }

  /**
   * A row for each reference: where it is free to choose, the narrowest push is tried first, and whatever does not hold
   * its value is widened until all do. Widths only grow, so this ends, and with labels alone at the least widths there
   * are. A program that takes too many rounds gets pushes of four bytes everywhere.
   */
  #chooseRows(): Row[] {
    const rows = this.#references.map(({ row }) => row ?? this.#pushes[0])
    const isFree = this.#references.map(({ row }) => row === null)
    for (let round = 1; ; round++) {
      const positionOf = positionsAfter(startsOf(rows))
      let hasGrown = false
      for (const [i, { expression }] of this.#references.entries()) {
        if (!isFree[i]) continue
        const sizeBytes = bytesOf(evaluate(expression, positionOf))
        if (sizeBytes <= widthOf(rows[i])) continue
        const wider = this.#pushes.find((push) => widthOf(push) >= sizeBytes)
        if (!wider) continue // told when it is encoded
        rows[i] = wider
        hasGrown = true
      }
      if (!hasGrown) return rows
      if (round > ROUND_LIMIT && round * rows.length > EVALUATION_LIMIT) this.#widenAll(rows, isFree)
    }
  }

  #widenAll(rows: Row[], isFree: readonly boolean[]): void {
    const wide = this.#pushes.find((push) => widthOf(push) >= 4) ?? this.#pushes[this.#pushes.length - 1]
    for (const [i, row] of rows.entries()) if (isFree[i] && widthOf(row) < widthOf(wide)) rows[i] = wide
  }
}

/** Bytes that the references before each one take, and all of them. */
function startsOf(rows: readonly Row[]): Float64Array {
  const starts = new Float64Array(rows.length + 1)
  for (const [i, row] of rows.entries()) starts[i + 1] = starts[i] + 1 + widthOf(row)
  return starts
}

function positionsAfter(starts: Float64Array): (mark: Mark) => number {
  return ({ offset, references }) => offset + starts[references]
}

function resolve(expression: Expression): void {
  for (const label of labelsOf(expression)) {
    const name = label.token.text.slice(1)
    label.mark = find(label.scope, name)
    if (!label.mark) refuse(label.token, `no label ${quoted({ text: name })}: is defined`)
  }
}

function find(scope: Scope | null, name: string): Mark | null {
  for (let at = scope; at; at = at.parent) {
    const mark = at.labels.get(name)
    if (mark) return mark
  }
  return null
}

/** Bytes that a value takes, 0 for zero. A value below zero is told when it is encoded. */
function bytesOf(value: bigint): number {
  return value <= 0n ? 0 : Math.ceil(value.toString(16).length / 2)
}

/** The row's byte and the value as its immediate. */
function encode(row: Row, value: bigint, token: Token): Uint8Array {
  const sizeBytes = widthOf(row)
  if (value < 0n) refuse(token, `the value ${value} is below zero`)
  if (value >> BigInt(8 * sizeBytes) !== 0n) {
    const what = token.kind === 'number' ? quoted(token) : `the value 0x${value.toString(16)}`
    refuse(token, `${what} does not fit the ${8 * sizeBytes} bits of ${row.name}`)
  }
  const bytes = new Uint8Array(1 + sizeBytes)
  bytes[0] = row.code
  bytes.set(bigintToBytes(value, sizeBytes), 1)
  return bytes
}
