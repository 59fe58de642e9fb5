import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToHex, toFixedHex } from '../core/hex.ts'
import type { Log } from '../core/host.ts'
import { bigintToBytes } from '../core/word.ts'
import { type AbiValue, decodeValues } from '../runtime/abi-codec.ts'
import type { AbiEvent, AbiFunction, AbiParameter } from '../runtime/contract-abi.ts'
import type { CallAbi } from '../runtime/solidity-abi.ts'
import { revertReason } from '../trace/revert-reason.ts'
import { knownEvents, knownFunctions } from './known-abi.ts'

const SELECTOR = 4

/** An argument of a call, an event or an error; the name may be empty. */
export interface NamedValue {
  readonly name: string
  readonly type: string
  readonly value: AbiValue
}

/** A call, an event or an error by name. */
export interface Named {
  readonly name: string
  readonly args: readonly NamedValue[]
}

/** Names what contracts are told, log and revert with, as far as ABIs say it. What does not fit an ABI stays unnamed. */
export class Decoder {
  readonly #own: ReadonlyMap<bigint, readonly CallAbi[]>
  readonly #others: readonly CallAbi[]

  /**
   * `own` are the ABIs of contracts, `shared` those of any. A contract's own is looked in first, then the shared, those
   * of others, since a proxy logs as what it stands for, and what most contracts share.
   */
  constructor(own: ReadonlyMap<bigint, readonly CallAbi[]> = new Map(), shared: readonly CallAbi[] = []) {
    this.#own = own
    this.#others = [...shared, ...[...own.values()].flat()]
  }

  /** The function that calldata for a contract names, with its arguments. */
  async call(contract: bigint, input: Uint8Array): Promise<Named | null> {
    for (const called of this.#functionsOf(contract, input)) {
      const args = await valuesOf(called.inputs, input.subarray(SELECTOR))
      if (args) return { name: called.name, args }
    }
    return null
  }

  /** What a contract gave back for that calldata. */
  async output(
    contract: bigint,
    input: Uint8Array,
    output: Uint8Array,
  ): Promise<readonly NamedValue[] | null> {
    for (const { outputs } of this.#functionsOf(contract, input)) {
      const values = outputs.length > 0 ? await valuesOf(outputs, output) : null
      if (values) return values
    }
    return null
  }

  async log({ address, topics, data }: Log): Promise<Named | null> {
    if (topics.length === 0) return null
    const topic = toFixedHex(topics[0], 32)
    for (const event of this.#eventsOf(address, topic)) {
      if (event.fields.filter(({ indexed }) => indexed).length !== topics.length - 1) continue
      const args = await fieldsOf(event, topics.slice(1), data)
      if (args) return { name: event.name, args }
    }
    return null
  }

  /** Why a contract reverted: the text it gave, what the compiler found wrong, or its own error; null where none shows. */
  async reason(contract: bigint, output: Uint8Array): Promise<string | null> {
    const text = revertReason(output)
    if (text !== null) return text
    const selector = bytesToHex(output.subarray(0, SELECTOR))
    for (const { errors } of this.#abisOf(contract))
      for (const error of errors) {
        const args =
          error.selector === selector ? await valuesOf(error.inputs, output.subarray(SELECTOR)) : null
        if (args) return namedText({ name: error.name, args })
      }
    return null
  }

  /** Each is read when it is its turn: what is known of all contracts not where their own ABIs tell. */
  *#functionsOf(contract: bigint, input: Uint8Array): Iterable<AbiFunction> {
    if (input.length < SELECTOR) return
    const selector = bytesToHex(input.subarray(0, SELECTOR))
    for (const { functions } of this.#abisOf(contract))
      yield* functions.filter((each) => each.selector === selector)
    yield* knownFunctions(selector)
  }

  *#eventsOf(contract: bigint, topic: string): Iterable<AbiEvent> {
    for (const { events } of this.#abisOf(contract)) yield* events.filter((each) => each.topic === topic)
    yield* knownEvents(topic)
  }

  #abisOf(contract: bigint): readonly CallAbi[] {
    return [...(this.#own.get(contract) ?? []), ...this.#others]
  }
}

/** `transfer(to: 0x…, value: 5)`. */
export function namedText({ name, args }: Named): string {
  return `${name}(${args.map((arg) => (arg.name === '' ? '' : `${arg.name}: `) + valueText(arg.value)).join(', ')})`
}

/** Texts as JSON, so that nothing in them ends the line. */
export function valueText(value: AbiValue): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`
  return typeof value === 'string' && !/^0x[0-9a-f]*$/.test(value) ? JSON.stringify(value) : String(value)
}

/** Values in the form of JSON: numbers in decimal digits, since what ABIs hold is mostly beyond a double. */
export function valueToJson(value: AbiValue): unknown {
  if (Array.isArray(value)) return value.map(valueToJson)
  return typeof value === 'bigint' ? String(value) : value
}

async function valuesOf(
  parameters: readonly AbiParameter[],
  bytes: Uint8Array,
): Promise<readonly NamedValue[] | null> {
  if (parameters.length === 0) return []
  try {
    const values = await decodeValues(parameters, bytes)
    return parameters.map(({ name, type }, i) => ({ name, type, value: values[i] }))
  } catch (error) {
    if (error instanceof ZvmError && error.code === ERROR_CODES.value) return null
    throw error
  }
}

/** The fields in the order of the event. Of an indexed one that takes more than a word only the hash is logged. */
async function fieldsOf(
  { fields }: AbiEvent,
  topics: readonly bigint[],
  data: Uint8Array,
): Promise<readonly NamedValue[] | null> {
  const rest = await valuesOf(
    fields.filter(({ indexed }) => !indexed),
    data,
  )
  if (!rest) return null
  const left = { topics: [...topics], data: [...rest] }
  const found: NamedValue[] = []
  for (const { name, type, indexed } of fields) {
    const word = indexed ? bigintToBytes(left.topics.shift()!, 32) : null
    const isHash = /[[(]|^(string|bytes)$/.test(type)
    const value = !word
      ? left.data.shift()!
      : isHash
        ? { name, type: 'bytes32', value: bytesToHex(word) }
        : (await valuesOf([{ name, type }], word))?.[0]
    if (!value) return null
    found.push(value)
  }
  return found
}
