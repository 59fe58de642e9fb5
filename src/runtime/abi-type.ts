import { ERROR_CODES, ZvmError } from '../core/errors.ts'

/** A type as an ABI writes it. */
export type AbiType =
  | { readonly kind: 'name'; readonly name: string; readonly parameters: readonly AbiType[] }
  | { readonly kind: 'tuple'; readonly members: readonly AbiType[] }
  /** `size` null: of any length. */
  | { readonly kind: 'array'; readonly element: AbiType; readonly size: number | null }

/** Longest text of a type, and how deep types may lie in each other. */
const LENGTH_LIMIT = 256
const DEPTH_LIMIT = 16
/** Words that a value of fixed size may take: what decodes in no time and in no memory. */
const WORDS_LIMIT = 65_536

const NAME = /[A-Za-z_$][\w$]*/y
const ARRAY = /\[(\d*)\]/y

/**
 * Reads a type: a name (`u64`, `Address`, `uint256`, `bytes32`, or one of the contract's own, with types in `<>`), a
 * tuple `(u64,bool)`, or an array `T[]`, `T[4]` of these. Throws VALUE naming `place`.
 */
export function parseAbiType(text: string, place: string): AbiType {
  const parser = new TypeParser(text, place)
  if (text.length > LENGTH_LIMIT) parser.refuse()
  const type = parser.type(0)
  if (!parser.isAtEnd) parser.refuse()
  return type
}

class TypeParser {
  readonly #text: string
  readonly #place: string
  #at = 0

  constructor(text: string, place: string) {
    this.#text = text
    this.#place = place
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length
  }

  refuse(): never {
    const shown = JSON.stringify(this.#text.slice(0, 40))
    throw new ZvmError(ERROR_CODES.value, `${this.#place}: not a type (${shown})`, { place: this.#place })
  }

  type(depth: number): AbiType {
    if (depth > DEPTH_LIMIT) this.refuse()
    let type = this.#base(depth)
    for (let size = this.#take(ARRAY); size !== null; size = this.#take(ARRAY)) {
      if (++depth > DEPTH_LIMIT) this.refuse()
      type = { kind: 'array', element: type, size: size === '' ? null : this.#size(size) }
    }
    return type
  }

  #base(depth: number): AbiType {
    if (this.#skip('(')) return { kind: 'tuple', members: this.#list(depth, ')') }
    const name = this.#take(NAME)
    if (name === null) this.refuse()
    return { kind: 'name', name, parameters: this.#skip('<') ? this.#list(depth, '>') : [] }
  }

  #list(depth: number, end: string): AbiType[] {
    const types = [this.type(depth + 1)]
    while (this.#skip(',')) types.push(this.type(depth + 1))
    if (!this.#skip(end)) this.refuse()
    return types
  }

  #size(digits: string): number {
    const size = Number(digits)
    if (!/^[1-9]\d{0,4}$/.test(digits) || size > WORDS_LIMIT) this.refuse()
    return size
  }

  #skip(character: string): boolean {
    const isThere = this.#text[this.#at] === character
    if (isThere) this.#at++
    return isThere
  }

  /** What the pattern matches here, or its first group; null where it does not. */
  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (!match) return null
    this.#at = pattern.lastIndex
    return match[1] ?? match[0]
  }
}

/** A type of Ethereum's ABI, in the form that viem takes. */
export interface EthereumType {
  readonly type: string
  readonly components?: readonly EthereumType[] | undefined
}

/** Names that stand for a type of Ethereum's ABI other than by their spelling. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['Address', 'address'],
  ['String', 'string'],
  ['Bytes', 'bytes'],
  ['uint', 'uint256'],
  ['int', 'int256'],
])
const PLAIN = new Set(['address', 'bool', 'string', 'bytes'])

/**
 * The type that Ethereum's ABI encodes values of `type` as: u64 as uint64, i64 as int64, Address as address. Throws
 * VALUE naming `place` for a type of the contract's own, and for one whose values would be too large.
 */
export function ethereumType(type: AbiType, place: string): EthereumType {
  const found = convert(type)
  if (found && wordsOf(type) <= WORDS_LIMIT) return found
  const why = found ? 'is too large to encode' : 'has no encoding'
  throw new ZvmError(ERROR_CODES.value, `${place}: the type ${typeText(type)} ${why}`, { place })
}

function convert(type: AbiType): EthereumType | null {
  if (type.kind === 'name') {
    const name = type.parameters.length === 0 ? elementary(type.name) : null
    return name === null ? null : { type: name }
  }
  if (type.kind === 'tuple') {
    const components = type.members.map(convert)
    return components.every((each) => each !== null) ? { type: 'tuple', components } : null
  }
  const element = convert(type.element)
  return element && { ...element, type: `${element.type}[${type.size ?? ''}]` }
}

function elementary(name: string): string | null {
  const spelt = ALIASES.get(name) ?? name
  if (PLAIN.has(spelt)) return spelt
  const [, kind = '', digits = ''] = /^(u|i|uint|int|bytes)([1-9]\d{0,2})$/.exec(spelt) ?? []
  const size = Number(digits)
  if (kind === 'bytes') return size <= 32 ? spelt : null
  if (kind === '' || size % 8 !== 0 || size > 256) return null
  return `${kind.startsWith('u') ? 'uint' : 'int'}${size}`
}

/** Words of a value, those of arrays of any length not counted. */
function wordsOf(type: AbiType): number {
  if (type.kind === 'tuple') return type.members.reduce((sum, member) => sum + wordsOf(member), 0)
  return type.kind === 'array' ? wordsOf(type.element) * (type.size ?? 1) : 1
}

/** The type as ABIs write it. */
export function typeText(type: AbiType): string {
  if (type.kind === 'tuple') return `(${type.members.map(typeText).join(',')})`
  if (type.kind === 'array') return `${typeText(type.element)}[${type.size ?? ''}]`
  return type.parameters.length === 0 ? type.name : `${type.name}<${type.parameters.map(typeText).join(',')}>`
}
