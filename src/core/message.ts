import { Halt } from './halt.ts'

/** Gas is held as `gasHigh · 2^30 + gasLow`: low stays a small integer, high is zero below a thousand million. */
const GAS_UNIT_BITS = 30n
export const GAS_UNIT = 2 ** 30
const GAS_LOW_MASK = (1n << GAS_UNIT_BITS) - 1n

/** What holds an amount of gas, exact from 0 to 2^64−1, without a bigint on the way of small amounts. */
export class GasHolder {
  gasLow = 0
  gasHigh = 0
  /** The amount that `charge` last found missing. A trace adds it to the cost of the instruction that halted. */
  gasDenied = 0

  /** Gas left. */
  get gas(): bigint {
    return this.gasHigh === 0
      ? BigInt(this.gasLow)
      : (BigInt(this.gasHigh) << GAS_UNIT_BITS) + BigInt(this.gasLow)
  }

  set gas(value: bigint) {
    this.gasLow = Number(value & GAS_LOW_MASK)
    this.gasHigh = Number(value >> GAS_UNIT_BITS)
  }

  /** Takes `amount` gas, a non-negative safe integer or Infinity; false, taking nothing, if less is left. */
  charge(amount: number): boolean {
    const left = this.gasLow - amount
    if (left >= 0) {
      this.gasLow = left
      return true
    }
    if (this.gasHigh !== 0 && this.#borrow(amount)) return true
    this.gasDenied = amount
    return false
  }

  #borrow(amount: number): boolean {
    if (amount > Number.MAX_SAFE_INTEGER) return false
    const left = this.gas - BigInt(amount)
    if (left < 0n) return false
    this.gas = left
    return true
  }

  /** Adds what another held. */
  returnGas(from: GasHolder): void {
    const sum = this.gasLow + from.gasLow
    const carry = sum >= GAS_UNIT ? 1 : 0
    this.gasLow = sum - carry * GAS_UNIT
    this.gasHigh += from.gasHigh + carry
  }
}

/** What kind of message a row sends. */
export const CallKind = {
  Call: 0,
  CallCode: 1,
  DelegateCall: 2,
  StaticCall: 3,
  Create: 4,
  Create2: 5,
} as const
export type CallKind = (typeof CallKind)[keyof typeof CallKind]

/** As whom code runs: what ADDRESS, CALLER and CALLVALUE give, and whether it may write. */
export interface Context {
  /** The account whose storage and balance the code works on; of a creation, the new address. */
  self: bigint
  caller: bigint
  /** In wei. Of a DELEGATECALL the value its caller was sent; nothing moves. */
  value: bigint
  isStatic: boolean
}

/** Fills the context of a call to `to` with `value` wei, sent by code that runs in `sender`. */
export function setCallContext(
  context: Context,
  kind: CallKind,
  sender: Context,
  to: bigint,
  value: bigint,
): void {
  const isKept = kind === CallKind.DelegateCall
  context.isStatic = sender.isStatic || kind === CallKind.StaticCall
  context.caller = isKept ? sender.caller : sender.self
  context.self = kind === CallKind.Call || kind === CallKind.StaticCall ? to : sender.self
  context.value = isKept ? sender.value : value
}

export const NO_BYTES = new Uint8Array(0)

/** A call or creation. Each frame owns one and reuses it, so a field is valid until the frame sends again. */
export class Message extends GasHolder implements Context {
  kind: CallKind = CallKind.Call
  /** 0 for the transaction's own message. */
  depth = 0
  isStatic = false
  caller = 0n
  self = 0n
  /** The address named by the call; differs from `self` for CALLCODE and DELEGATECALL. */
  to = 0n
  /** Where the code is taken from: `to`, or what `to` delegates to (EIP-7702). */
  codeAddress = 0n
  value = 0n
  /**
   * Calldata, or the initcode of a creation. May be a view of the sender's memory, which cannot change while the
   * message runs (an arena that grows leaves the old bytes as they are); what outlives the message is a copy.
   */
  input: Uint8Array = NO_BYTES
  /** Where the caller wants the output, in bytes of its memory. */
  outOffset = 0
  outSize = 0
}

/** How a message ended, with the gas it left, as the driver hands it to `resume`. Reused: valid only during that call. */
export class MessageResult extends GasHolder {
  halt: Halt = Halt.None
  output: Uint8Array = NO_BYTES
  /** Address of the account a creation was for. */
  address = 0n
}
