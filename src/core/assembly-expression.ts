import { type Cursor, quoted, refuse, type Token } from './assembly-text.ts'

/** A number, or what becomes one when the labels have their positions. */
export type Expression = bigint | LabelPosition | Operation

/** The position of a label. */
export interface LabelPosition {
  readonly kind: 'label'
  readonly scope: Scope
  readonly token: Token
  /** Set once, when all labels are known. */
  mark: Mark | null
}

interface Operation {
  readonly kind: 'operation'
  readonly operator: string
  readonly left: Expression
  readonly right: Expression
  /** How many labels and operations it is made of: an argument may be used again and again. */
  readonly size: number
}

/** Where a label is: after so many bytes of known size, and so many references. */
export interface Mark {
  readonly offset: number
  readonly references: number
}

/** The names of a text or, within it, of one use of a macro. */
export interface Scope {
  readonly labels: Map<string, Mark>
  /** What the parameters of the macro stand for. */
  readonly parameters: ReadonlyMap<string, Expression>
  readonly parent: Scope | null
}

const NESTING_LIMIT = 64
const SIZE_LIMIT = 256
/** Numbers on the way to one that fits a push may be larger than it. */
const NUMBER_LIMIT = 1n << 512n
const NUMBER = /^(?:0x[0-9a-fA-F]{1,256}|[0-9]{1,78})$/
const OPERATIONS: Readonly<Record<string, (left: bigint, right: bigint) => bigint>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
}

/** What is needed to read expressions: constants by name, and where the text stands. */
export interface Names {
  readonly constants: ReadonlyMap<string, Expression>
  readonly scope: Scope
}

/** Reads `term { ("+" | "-") term }`, as far as the line goes on with an operator. Throws VALUE. */
export function readExpression(cursor: Cursor, names: Names, nesting = 0): Expression {
  let left = readTerm(cursor, names, nesting)
  for (let token = cursor.peek(); token?.text === '+' || token?.text === '-'; token = cursor.peek()) {
    cursor.take()
    left = combine(token, left, readTerm(cursor, names, nesting))
  }
  return left
}

function readTerm(cursor: Cursor, names: Names, nesting: number): Expression {
  let left = readFactor(cursor, names, nesting)
  for (let token = cursor.peek(); token?.text === '*'; token = cursor.peek()) {
    cursor.take()
    left = combine(token, left, readFactor(cursor, names, nesting))
  }
  return left
}

/** Reads a number, the name of a constant or parameter, a reference, or an expression in parentheses. Throws VALUE. */
export function readFactor(cursor: Cursor, names: Names, nesting = 0): Expression {
  const token = cursor.take()
  if (!token) return refuse(endOf(cursor), 'a number or a name is missing')
  if (token.kind === 'name') return named(token, names)
  if (token.kind === 'reference') return { kind: 'label', scope: names.scope, token, mark: null }
  if (token.text !== '(') {
    if (!NUMBER.test(token.text)) refuse(token, `${quoted(token)} is no number`)
    return BigInt(token.text)
  }
  if (nesting === NESTING_LIMIT) refuse(token, `parentheses nested deeper than ${NESTING_LIMIT}`)
  const inner = readExpression(cursor, names, nesting + 1)
  const closing = cursor.take()
  if (closing?.text !== ')') refuse(closing ?? endOf(cursor), 'a closing parenthesis is missing')
  return inner
}

function endOf({ line }: Cursor): Token {
  return { kind: 'other', text: '', at: line.text.length, line }
}

function named(token: Token, { constants, scope }: Names): Expression {
  const found = scope.parameters.get(token.text) ?? constants.get(token.text)
  return found ?? refuse(token, `no constant ${quoted(token)} is defined before its use`)
}

function combine(token: Token, left: Expression, right: Expression): Expression {
  if (typeof left === 'bigint' && typeof right === 'bigint')
    return bounded(token, OPERATIONS[token.text](left, right))
  const size = 1 + sizeOf(left) + sizeOf(right)
  if (size > SIZE_LIMIT) refuse(token, `an expression of more than ${SIZE_LIMIT} parts`)
  return { kind: 'operation', operator: token.text, left, right, size }
}

function bounded(token: Token, value: bigint): bigint {
  if (value >= NUMBER_LIMIT || value <= -NUMBER_LIMIT) refuse(token, 'a number of more than 512 bits')
  return value
}

function sizeOf(expression: Expression): number {
  if (typeof expression === 'bigint') return 0
  return expression.kind === 'label' ? 1 : expression.size
}

/** The labels of an expression from left to right. */
export function labelsOf(expression: Expression): LabelPosition[] {
  if (typeof expression === 'bigint') return []
  if (expression.kind === 'label') return [expression]
  return [...labelsOf(expression.left), ...labelsOf(expression.right)]
}

/** Its value, labels being where `positionOf` says. */
export function evaluate(expression: Expression, positionOf: (mark: Mark) => number): bigint {
  if (typeof expression === 'bigint') return expression
  if (expression.kind === 'label') return BigInt(positionOf(expression.mark!))
  const { operator, left, right } = expression
  return OPERATIONS[operator](evaluate(left, positionOf), evaluate(right, positionOf))
}
