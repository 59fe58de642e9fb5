import { arrayOf, Members } from '../core/members.ts'
import { type AbiEvent, type AbiFunction, readAbi } from './contract-abi.ts'

/** What an ABI says that calls, logs and reverts can be read with. */
export interface CallAbi {
  /** What the contract is called; null where nothing says it. */
  readonly contract: string | null
  readonly functions: readonly AbiFunction[]
  readonly events: readonly AbiEvent[]
  /** Custom errors of Solidity: encoded as a call is. */
  readonly errors: readonly AbiFunction[]
}

/**
 * Reads an ABI of Solidity, as its compilers write it: the list itself, or an artifact with it as `abi` and perhaps a
 * `contractName`; or an ABI of ours, by its `contract`. Throws VALUE naming the member.
 */
export function readCallAbi(value: unknown, place: string): CallAbi {
  if (Array.isArray(value)) return readList(value, place, null)
  if (isObject(value) && 'contract' in value) return { ...readAbi(value, place), errors: [] }
  const members = new Members(value, place)
  const name = members.optional('contractName', (given) => given)
  return members.required('abi', (list, at) => readList(list, at, typeof name === 'string' ? name : null))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** A function, event or error in the form of our own ABI, and which of them it is. */
interface Entry {
  readonly kind: unknown
  readonly plain: object
}

function readList(value: unknown, place: string, contract: string | null): CallAbi {
  const entries = arrayOf(readEntry)(value, place)
  const of = (kind: string) => entries.filter((entry) => entry.kind === kind).map(({ plain }) => plain)
  const name = contract ?? 'unnamed'
  const { functions, events } = readAbi(
    { contract: name, functions: of('function'), events: of('event') },
    place,
  )
  // Selectors of errors are looked for in other bytes than those of functions, and may be the same.
  const { functions: errors } = readAbi({ contract: name, functions: of('error') }, place)
  return { contract, functions, events, errors }
}

/** Constructors, fallbacks and anonymous events are named by nothing that a call or a log holds. */
function readEntry(value: unknown, place: string): Entry {
  const members = new Members(value, place)
  const kind = members.optional('type', (given) => given) ?? 'function'
  const isAnonymous = members.optional('anonymous', (given) => given) === true
  if (!['function', 'event', 'error'].includes(String(kind)) || isAnonymous) return { kind: null, plain: {} }
  const name = members.required('name', (given) => given)
  const inputs = members.optional('inputs', arrayOf(readParameter)) ?? []
  if (kind === 'event')
    return { kind, plain: { name, fields: inputs.map((field) => ({ indexed: false, ...field })) } }
  const plain = inputs.map(withoutIndexed)
  const outputs = (members.optional('outputs', arrayOf(readParameter)) ?? []).map(withoutIndexed)
  return { kind, plain: { name, inputs: plain, outputs } }
}

interface Parameter {
  readonly name: unknown
  readonly type: unknown
  readonly indexed?: unknown
}

function withoutIndexed({ name, type }: Parameter): Parameter {
  return { name, type }
}

/** Tuples are written with their members in the place of the word: `(uint256,address)[]`. */
function readParameter(value: unknown, place: string): Parameter {
  const members = new Members(value, place)
  const type = members.required('type', (given) => given)
  const components = members.optional('components', arrayOf(readParameter)) ?? []
  const indexed = members.optional('indexed', (given) => given)
  const isTuple = typeof type === 'string' && type.startsWith('tuple')
  const types = components.map((component) => String(component.type)).join(',')
  return {
    name: members.optional('name', (given) => given) ?? '',
    type: isTuple ? `(${types})${type.slice('tuple'.length)}` : type,
    ...(indexed === undefined ? {} : { indexed }),
  }
}
