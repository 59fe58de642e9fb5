import { FIRST_USER_CALL, type SystemCall } from '../core/capability.ts'
import { isCapabilityName } from '../core/capability-name.ts'
import { bugLine, ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { Frame } from '../core/frame.ts'
import { MAX_WORD } from '../core/word.ts'
import type { Reply } from './answers.ts'
import { CAPABILITIES } from './grants.ts'
import { type Intent, intentOf } from './intent.ts'
import { ANSWER_LIMIT_BYTES, FAILURE_LIMIT, INTENT_LIMIT, type Session, SystemCallError } from './session.ts'

/** System calls of a user's own. Trusted code: a handler can do what any program can. */
export interface Plugin {
  readonly name: string
  readonly version: string
  readonly syscalls: readonly PluginCall[]
}

/** A system call that a plug-in answers. */
export interface PluginCall {
  /** 0x0100 to 0xffff. */
  readonly id: number
  /** As errors and records write it; written as a capability is. */
  readonly name: string
  /** What a contract must declare and the host grant; none of the engine's own. */
  readonly capability: string
  /** As in `SystemCall`; `reads` where nothing is said. */
  readonly kind?: SystemCall['kind']
  /** Whole gas, from the input alone. An untrusted plug-in states a formula. */
  readonly gas: GasFormula | ((input: Uint8Array) => number)
  /**
   * Answers at once: bytes are an answer of status 1, null is a refusal, status 0. Deterministic: same input and
   * context, same answer; what it says is recorded all the same. What it throws, or gives that is none of these, ends
   * the frame with SystemCallFailure. The input is its own copy.
   */
  handler(input: Uint8Array, context: CallContext): HandlerAnswer
}

/** Gas of a call, and of each byte of its input. */
export interface GasFormula {
  readonly base: number
  readonly perByte?: number
}

/** The output, of status 1; a refusal without output; or a status of 256 bits and an output of one's own. */
export type HandlerAnswer = Uint8Array | null | { readonly status: bigint; readonly output: Uint8Array }

/** What a handler is told and may do beside its answer. Addresses are words of 160 bits. */
export interface CallContext {
  readonly self: bigint
  /** Whose code asks: another than `self` in a DELEGATECALL. */
  readonly codeAddress: bigint
  readonly caller: bigint
  readonly origin: bigint
  readonly valueWei: bigint
  readonly chainId: bigint
  readonly blockNumber: bigint
  /** Unix seconds. */
  readonly timestamp: bigint
  /** Leaves an intent in the result; taken back where a frame reverts. */
  intent(args: Intent['args']): void
  /** Has `undo` called when what the contract does here is reverted. */
  onRevert(undo: () => void): void
}

const NAME_LIMIT = 64
const KINDS: readonly unknown[] = ['pure', 'reads', 'writes']

/** Checks a plug-in and freezes it. Throws BAD_PLUGIN naming the member. */
export function definePlugin(plugin: Plugin): Plugin {
  const { name, version, syscalls } = plugin
  if (!isText(name)) refuse('plug-in', 'name is not a text of 1 to 64 characters')
  if (!isText(version)) refuse(name, 'version is not a text of 1 to 64 characters')
  if (!Array.isArray(syscalls)) refuse(name, 'syscalls is not an array')
  const checked = syscalls.map((call: PluginCall, i) => checkCall(call, `${name}: syscalls[${i}]`))
  refuseClashes(checked.map((call) => ({ call, owner: name })))
  return Object.freeze({ name, version, syscalls: Object.freeze(checked) })
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= NAME_LIMIT
}

function checkCall(call: PluginCall, place: string): PluginCall {
  if (typeof call !== 'object' || call === null) refuse(place, 'not an object')
  const { id, name, capability, kind = 'reads', gas, handler } = call
  if (!Number.isInteger(id) || id < FIRST_USER_CALL || id > 0xffff)
    refuse(
      place,
      `id ${String(id)} is not a whole number from 0x0100 to 0xffff; those below are the engine's`,
    )
  if (typeof name !== 'string' || !isCapabilityName(name))
    refuse(place, 'name is not words in lower case joined by dots')
  if (typeof capability !== 'string' || !isCapabilityName(capability))
    refuse(place, 'capability is not the name of one')
  if (Object.hasOwn(CAPABILITIES, capability)) refuse(place, `capability ${capability} is the engine's own`)
  if (!KINDS.includes(kind)) refuse(place, 'kind is none of pure, reads, writes')
  if (typeof gas !== 'function' && !isFormula(gas))
    refuse(place, 'gas is neither a function nor { base, perByte }')
  if (typeof handler !== 'function') refuse(place, 'handler is not a function')
  return Object.freeze({ id, name, capability, kind, gas, handler })
}

function isFormula(gas: unknown): gas is GasFormula {
  if (typeof gas !== 'object' || gas === null) return false
  const { base, perByte = 0 } = gas as Partial<GasFormula>
  return [base, perByte].every((part) => Number.isSafeInteger(part) && part! >= 0 && part! < 2 ** 40)
}

/** Throws BAD_PLUGIN where two calls have one id or one name. */
export function refuseClashes(calls: readonly { readonly call: PluginCall; readonly owner: string }[]): void {
  const seen = new Map<number | string, string>()
  for (const { call, owner } of calls)
    for (const key of [call.id, call.name]) {
      const other = seen.get(key)
      const what = typeof key === 'number' ? `id 0x${key.toString(16).padStart(4, '0')}` : `name ${key}`
      if (other !== undefined) refuse(owner, `${what} is that of a call of ${other} too`)
      seen.set(key, owner)
    }
}

function refuse(place: string, what: string): never {
  throw new ZvmError(ERROR_CODES.badPlugin, `${place}: ${what}`, { place })
}

/** The call as the engine makes it: priced, guarded, recorded. */
export function pluginCall(call: PluginCall, session: Session): SystemCall {
  const { id, name, capability, kind = 'reads' } = call
  // Where it is priced it may not fail yet: the frame ends when it is run.
  let badPrice: string | null = null
  const price = (input: Uint8Array): number => {
    const found = priceOf(call, input)
    badPrice = typeof found === 'string' ? found : null
    return typeof found === 'string' ? 0 : found
  }
  return {
    ...{ name, capability, kind },
    gas: (input) => session.answers.price(id, input, () => price(input)),
    run: (input, frame) =>
      session.outside({ id, name }, input, frame, () =>
        badPrice === null
          ? handled(call, input, frame, session)
          : { failure: badPrice.slice(0, FAILURE_LIMIT) },
      ),
  }
}

/** The price, or what is wrong with it. */
function priceOf({ gas }: PluginCall, input: Uint8Array): number | string {
  if (typeof gas !== 'function') return gas.base + (gas.perByte ?? 0) * input.length
  try {
    const price: unknown = gas(input.slice())
    return isPrice(price) ? price : `its gas is ${kindOf(price)}, which is no price`
  } catch (error) {
    return `its gas threw ${bugLine(error)}`
  }
}

function isPrice(gas: unknown): gas is number {
  return gas === Number.POSITIVE_INFINITY || (Number.isSafeInteger(gas) && (gas as number) >= 0)
}

function handled(call: PluginCall, input: Uint8Array, frame: Frame, session: Session): Reply {
  const intents: Intent[] = []
  const answer: unknown = call.handler(input.slice(), contextOf(call, frame, intents, session))
  if (answer === null) return { status: 0n, output: new Uint8Array(0), intents }
  const { status, output } = answer instanceof Uint8Array ? { status: 1n, output: answer } : partsOf(answer)
  if (typeof status !== 'bigint' || status < 0n || status > MAX_WORD)
    return { failure: `answered ${kindOf(answer)}, which is neither bytes, null, nor { status, output }` }
  if (!(output instanceof Uint8Array)) return { failure: `its output is ${kindOf(output)}, not bytes` }
  if (output.length > ANSWER_LIMIT_BYTES)
    return { failure: `answered ${output.length} bytes; at most ${ANSWER_LIMIT_BYTES}` }
  return { status, output: Uint8Array.from(output), intents }
}

function partsOf(answer: unknown): { status?: unknown; output?: unknown } {
  return typeof answer === 'object' && answer !== null ? answer : {}
}

function kindOf(value: unknown): string {
  if (typeof (value as { then?: unknown } | null)?.then === 'function') return 'a promise'
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value
}

function contextOf(call: PluginCall, frame: Frame, intents: Intent[], session: Session): CallContext {
  const { self, caller, value, env, message } = frame
  return Object.freeze({
    ...{ self, codeAddress: message.codeAddress, caller, origin: env.origin, valueWei: value },
    ...{ chainId: env.chainId, blockNumber: env.block.number, timestamp: env.block.timestamp },
    intent(args: Intent['args']) {
      if (intents.length === INTENT_LIMIT)
        throw new SystemCallError('failure', `left more than ${INTENT_LIMIT} intents`)
      const entries = Object.entries(args).map(([key, text]) => [key, String(text)])
      intents.push(intentOf(call.name, frame, Object.fromEntries(entries)))
    },
    onRevert(undo: () => void) {
      frame.host.onRevert(() => {
        try {
          undo()
        } catch (error) {
          session.fail(call.name, `could not be undone: ${bugLine(error)}`)
        }
      })
    },
  })
}
