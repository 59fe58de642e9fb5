import { isCapabilityName } from '../core/capability-name.ts'
import { bytesToHex, parseQuantity, toQuantity } from '../core/hex.ts'
import { keccak256 } from '../core/keccak.ts'
import { arrayOf, Members, type Read, refuseValue } from '../core/members.ts'
import { parseAbiType } from './abi-type.ts'

/** What a contract tells of itself; the members are named and ordered as in its JSON. */
export interface ContractAbi {
  readonly contract: string
  readonly functions: readonly AbiFunction[]
  readonly events: readonly AbiEvent[]
  readonly state_variables: readonly AbiStateVariable[]
  readonly tables: readonly AbiTable[]
  /** What the contract asks for; the host grants it or not. */
  readonly capabilities: readonly string[]
}

export interface AbiFunction {
  readonly name: string
  /** Four bytes as 0x hex: what the ABI states, else the first of the signature's keccak256. */
  readonly selector: string
  readonly visibility: Visibility
  readonly mutability: Mutability
  readonly inputs: readonly AbiParameter[]
  readonly outputs: readonly AbiParameter[]
}

/** A value that a function takes or gives; the name may be empty. */
export interface AbiParameter {
  readonly name: string
  /** As `parseAbiType` reads it. */
  readonly type: string
}

export interface AbiEvent {
  readonly name: string
  readonly signature: string
  /** 32 bytes as 0x hex: what the ABI states, else the signature's keccak256. */
  readonly topic: string
  readonly visibility: Visibility
  readonly fields: readonly AbiField[]
}

export interface AbiField extends AbiParameter {
  readonly indexed: boolean
}

export interface AbiStateVariable extends AbiParameter {
  readonly slot: bigint
  readonly visibility: Visibility
}

/** A table of words: the slot of a key is what TABLEHASH makes of the key and `slot`. */
export interface AbiTable {
  readonly name: string
  readonly slot: bigint
  readonly key_type: string
  readonly value_type: string
  readonly visibility: Visibility
}

const VISIBILITIES = ['public', 'private', 'external', 'internal'] as const
export type Visibility = (typeof VISIBILITIES)[number]

const MUTABILITIES = ['nonpayable', 'payable', 'view', 'pure', 'mutable'] as const
export type Mutability = (typeof MUTABILITIES)[number]

/** Longest name, in characters. */
const NAME_LIMIT = 128
const NAME = /^[A-Za-z_$][\w$]*$/

/**
 * Reads the JSON value of an ABI. Only `contract`, names, types, slots and `indexed` must be there: lists are empty
 * else, visibility is public, mutability nonpayable, and selectors, signatures and topics are worked out. Throws VALUE
 * that names the place, as `abi.functions[2].selector: not 4 bytes of hex`.
 */
export function readAbi(value: unknown, place = 'abi'): ContractAbi {
  const members = new Members(value, place)
  const list = <T>(name: string, read: Read<T>) => members.optional(name, arrayOf(read)) ?? []
  const abi: ContractAbi = {
    contract: members.required('contract', readContractName),
    functions: list('functions', readFunction),
    events: list('events', readEvent),
    state_variables: list('state_variables', readStateVariable),
    tables: list('tables', readTable),
    capabilities: list('capabilities', readCapability),
  }
  members.done()
  refuseRepeated(abi.functions, ({ selector }) => selector, `${place}.functions`, '.selector')
  refuseRepeated(abi.capabilities, (name) => name, `${place}.capabilities`, '')
  return abi
}

/** The ABI as JSON, all its members written, without blanks; `readAbi` reads the same from it. */
export function abiToJson(abi: ContractAbi): Uint8Array {
  const plain = (_key: string, value: unknown) => {
    if (typeof value !== 'bigint') return value
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : toQuantity(value)
  }
  return new TextEncoder().encode(JSON.stringify(abi, plain))
}

/** A function's name and types, as its selector is made from them: `deposit(u64)`. */
export function signatureOf(name: string, parameters: readonly AbiParameter[]): string {
  return `${name}(${parameters.map(({ type }) => type).join(',')})`
}

/** The first four bytes of a signature's keccak256, as 0x hex. */
export function selectorOf(signature: string): string {
  return bytesToHex(hashOf(signature).subarray(0, 4))
}

/** All of them, as 0x hex. */
export function topicOf(signature: string): string {
  return bytesToHex(hashOf(signature))
}

function hashOf(text: string): Uint8Array {
  return keccak256(new TextEncoder().encode(text))
}

/**
 * The function of a name, a signature or a selector. Throws VALUE where there is none, or more than one of the name.
 */
export function functionOf(abi: ContractAbi, wanted: string): AbiFunction {
  const found = abi.functions.filter(
    ({ name, selector, inputs }) =>
      name === wanted || selector === wanted.toLowerCase() || signatureOf(name, inputs) === wanted,
  )
  if (found.length === 1) return found[0]
  const known = (found.length > 1 ? found : abi.functions).map(({ name, inputs }) =>
    signatureOf(name, inputs),
  )
  const what = found.length > 1 ? 'names more than one function' : 'is no function'
  refuseValue(
    'abi.functions',
    `${shown(wanted)} ${what}; there are: ${known.join(', ').slice(0, 400) || 'none'}`,
  )
}

function readFunction(value: unknown, place: string): AbiFunction {
  const members = new Members(value, place)
  const name = members.required('name', readName)
  const selector = members.optional('selector', readHex(4))
  const visibility = members.optional('visibility', oneOf(VISIBILITIES)) ?? 'public'
  const mutability = members.optional('mutability', oneOf(MUTABILITIES)) ?? 'nonpayable'
  const inputs = members.optional('inputs', arrayOf(readParameter)) ?? []
  const outputs = members.optional('outputs', arrayOf(readParameter)) ?? []
  members.done()
  const own = selector ?? selectorOf(signatureOf(name, inputs))
  return { name, selector: own, visibility, mutability, inputs, outputs }
}

function readParameter(value: unknown, place: string): AbiParameter {
  const members = new Members(value, place)
  const name = members.optional('name', readOptionalName) ?? ''
  const type = members.required('type', readType)
  members.done()
  return { name, type }
}

function readEvent(value: unknown, place: string): AbiEvent {
  const members = new Members(value, place)
  const name = members.required('name', readName)
  const signature = members.optional('signature', readSignature)
  const topic = members.optional('topic', readHex(32))
  const visibility = members.optional('visibility', oneOf(VISIBILITIES)) ?? 'public'
  const fields = members.optional('fields', arrayOf(readField)) ?? []
  members.done()
  const own = signature ?? signatureOf(name, fields)
  return { name, signature: own, topic: topic ?? topicOf(own), visibility, fields }
}

function readField(value: unknown, place: string): AbiField {
  const members = new Members(value, place)
  const name = members.optional('name', readOptionalName) ?? ''
  const type = members.required('type', readType)
  const indexed = members.required('indexed', readBoolean)
  members.done()
  return { name, type, indexed }
}

function readStateVariable(value: unknown, place: string): AbiStateVariable {
  const members = new Members(value, place)
  const name = members.required('name', readName)
  const slot = members.required('slot', readSlot)
  const type = members.required('type', readType)
  const visibility = members.optional('visibility', oneOf(VISIBILITIES)) ?? 'public'
  members.done()
  return { name, slot, type, visibility }
}

function readTable(value: unknown, place: string): AbiTable {
  const members = new Members(value, place)
  const name = members.required('name', readName)
  const slot = members.required('slot', readSlot)
  const key_type = members.required('key_type', readType)
  const value_type = members.required('value_type', readType)
  const visibility = members.optional('visibility', oneOf(VISIBILITIES)) ?? 'public'
  members.done()
  return { name, slot, key_type, value_type, visibility }
}

function readCapability(value: unknown, place: string): string {
  const name = readText(value, place)
  return isCapabilityName(name) ? name : refuseValue(place, `not the name of a capability (${shown(name)})`)
}

function readName(value: unknown, place: string): string {
  const name = readText(value, place)
  return NAME.test(name) && name.length <= NAME_LIMIT
    ? name
    : refuseValue(place, `not a name (${shown(name)})`)
}

function readOptionalName(value: unknown, place: string): string {
  return value === '' ? '' : readName(value, place)
}

/** What a contract is called is shown, never looked up: any text in one line. */
function readContractName(value: unknown, place: string): string {
  const name = readText(value, place)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  const isShown = name.length <= NAME_LIMIT && !/[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/.test(name)
  return isShown ? name : refuseValue(place, `not a name (${shown(name)})`)
}

/** A name and types in parentheses, whatever the types are. */
function readSignature(value: unknown, place: string): string {
  const text = readText(value, place)
  const isSignature = text.length <= 4096 && /^[A-Za-z_$][\w$]*\([\w$<>()[\],]*\)$/.test(text)
  return isSignature ? text : refuseValue(place, `not a signature (${shown(text)})`)
}

function readType(value: unknown, place: string): string {
  const type = readText(value, place)
  parseAbiType(type, place)
  return type
}

function readHex(sizeBytes: number): Read<string> {
  const pattern = new RegExp(`^0x[0-9a-fA-F]{${2 * sizeBytes}}$`)
  return (value, place) => {
    const isHex = typeof value === 'string' && pattern.test(value)
    return isHex ? value.toLowerCase() : refuseValue(place, `not ${sizeBytes} bytes of hex (${shown(value)})`)
  }
}

function readSlot(value: unknown, place: string): bigint {
  return parseQuantity(value, place)
}

function readBoolean(value: unknown, place: string): boolean {
  return typeof value === 'boolean' ? value : refuseValue(place, `not true or false (${shown(value)})`)
}

function readText(value: unknown, place: string): string {
  return typeof value === 'string' ? value : refuseValue(place, `not a text (${shown(value)})`)
}

function oneOf<T extends string>(choices: readonly T[]): Read<T> {
  return (value, place) =>
    choices.find((choice) => choice === value) ??
    refuseValue(place, `${shown(value)} is none of ${choices.join(', ')}`)
}

function refuseRepeated<T>(items: readonly T[], keyOf: (item: T) => string, list: string, member: string) {
  const first = new Map<string, number>()
  for (const [i, item] of items.entries()) {
    const key = keyOf(item)
    const other = first.get(key)
    if (other !== undefined) refuseValue(`${list}[${i}]${member}`, `${key} is that of ${list}[${other}] too`)
    first.set(key, i)
  }
}

function shown(value: unknown): string {
  return typeof value === 'string'
    ? JSON.stringify(value.slice(0, 40))
    : value === null
      ? 'null'
      : typeof value
}
