import type { Crypto, NativeCrypto, NativePrimitive } from './crypto.ts'
import type { Frame } from './frame.ts'
import { Halt } from './halt.ts'

/**
 * What reaches the world outside the machine: the system calls there are, and who may make them. Core declares it, the
 * runtime implements it, a `Driver` carries it, and its frames show it to rows. Without one every
 * request is denied. Rows go through `request` alone, so what follows holds for all of them.
 *
 * **Who may.** A contract may use a capability that its container declares and the host grants. The frame says who asks:
 * `frame.self` is the account that acts, `frame.message.codeAddress` the one whose code runs. They differ in a
 * DELEGATECALL or CALLCODE, and then both must be allowed: else borrowed code would act with the borrower's rights, or
 * a stranger with the code's. Code that is being deployed (`message.kind` Create or Create2) is the account's own.
 *
 * **Undoing.** A call that changes anything, its own records and intents included, gives the host the way back at once
 * (`frame.host.onRevert`). The host runs these, last first, when a frame that contains the change reverts or traps, and
 * when a run is rolled back; nothing else tells a runtime of it. What cannot be taken back (a file, a message on a wire)
 * is only noted during the run, and done by whoever has the result once the transaction has succeeded.
 *
 * **Void runs.** Once state was missing (`host.isVoid`) the run goes on only to find what else is needed. `request` then
 * makes no call but of kind `pure`: the others answer 0 and nothing, unseen by the runtime. What was done before the
 * run became void is undone as above.
 *
 * **Determinism.** The same input on the same state gives the same price, status, answer and trap; what does not (clock,
 * chance, files) is of kind `reads` or `writes` and recorded by the runtime, answer by answer, in the order of calls.
 * A recorded answer that is undone by `onRevert` stays in the record: the run that is replayed asks again, too.
 */
export interface Runtime {
  /** Primitives that its calls ask for beyond those of every `Crypto`: a driver does not take it without them. */
  readonly needs?: readonly NativePrimitive[]
  /** A transaction's own message begins: what is noted of the run before it is forgotten, be it void or done. */
  begin?(): void
  /** The call registered under an id, 0 to 0xffff; null if there is none. Same answer all through a transaction. */
  find(id: number): SystemCall | null
  /** Whether the frame may use the capability. Changes nothing. */
  allows(capability: string, frame: Frame): boolean
}

/** What the frames of a driver share beside the state. */
export interface World {
  readonly crypto: Crypto
  /** What grants and answers system calls; null denies all. */
  readonly runtime: Runtime | null
  /** The capability that was missing, where a frame has just ended with CapabilityDenied. */
  denied: string
}

/** One system call. Neither function throws. */
export interface SystemCall {
  /** As errors and records write it, e.g. `ledger.transfer`. */
  readonly name: string
  /** What a contract must declare and the host grant. */
  readonly capability: string
  /**
   * `pure`: a function of input and state. `reads`: the answer comes from elsewhere. `writes`: changes something, here
   * or elsewhere; refused in a static frame.
   */
  readonly kind: 'pure' | 'reads' | 'writes'
  /**
   * Gas charged before `run`: a safe integer, or Infinity. Depends on the input alone, which is valid during the call,
   * and allocates nothing that grows with what it declares.
   */
  gas(input: Uint8Array): number
  /**
   * Does it. `input` is valid only during the call. Returns the answer, or a halt that ends the frame: `deny`
   * where a grant is narrower than the request, else an exceptional one. May read and charge the frame's gas; leaves
   * its stack, memory and place in the code alone.
   */
  run(input: Uint8Array, frame: Frame): Answer | Halt
}

/** What a system call says to the contract. */
export interface Answer {
  /** 1 done, 0 refused by the handler; other words are the call's own. */
  readonly status: bigint
  /** Freshly allocated; never changed afterwards. */
  readonly output: Uint8Array
}

/** Ids of the engine's own calls are below this; the rest are for plug-ins. */
export const FIRST_USER_CALL = 0x100

const UNANSWERED: Answer = Object.freeze({ status: 0n, output: new Uint8Array(0) })

/**
 * Makes the system call `id` for the frame: existence, capability and static mode are checked, then the price charged,
 * then it runs. `gas` replaces the call's own price. Returns the answer, or the halt that ends the frame:
 * CapabilityDenied (of an id that nobody registered `syscall 0x…` is what is missing), StaticViolation,
 * OutOfGas, or what the call said.
 */
export function request(frame: Frame, id: number, input: Uint8Array, gas?: number): Answer | Halt {
  const { runtime } = frame.world
  const call = runtime?.find(id) ?? null
  if (!call) return deny(frame, `syscall 0x${id.toString(16).padStart(4, '0')}`)
  if (!runtime!.allows(call.capability, frame)) return deny(frame, call.capability)
  if (call.kind === 'writes' && frame.isStatic) return Halt.StaticViolation
  if (!frame.charge(gas ?? call.gas(input))) return Halt.OutOfGas
  if (call.kind !== 'pure' && frame.host.isVoid) return UNANSWERED
  return call.run(input, frame)
}

/** Ends the frame for want of a capability, which the result then names (`driver.denied`). */
export function deny(frame: Frame, capability: string): Halt {
  frame.world.denied = capability
  return Halt.CapabilityDenied
}

/** The primitives of a frame, for rows and calls whose table or runtime names in `needs` what they ask for. */
export function nativePrimitivesOf(frame: Frame): NativeCrypto {
  return frame.world.crypto as NativeCrypto
}
