import { ERROR_CODES, ZvmError } from './errors.ts'

/**
 * How a step or a frame ended, as a small integer in bands: 0 goes on, below `Suspend` a normal end,
 * `Revert` gives back gas and undoes state, everything from `OutOfGas` on burns the frame's gas and undoes state.
 */
export const Halt = {
  None: 0,
  Stop: 1,
  Return: 2,
  SelfDestruct: 3,
  /** A message waits in `frame.pending`: the driver runs it and calls the row's `resume`. */
  Suspend: 8,
  Revert: 16,
  OutOfGas: 32,
  StackUnderflow: 33,
  StackOverflow: 34,
  InvalidJump: 35,
  InvalidOpcode: 36,
  StaticViolation: 37,
  ReturnDataOutOfBounds: 38,
  MemoryLimit: 39,
  StepLimit: 40,
  CapabilityDenied: 41,
  PrecompileFailure: 42,
  CodeSizeExceeded: 43,
  InitCodeSizeExceeded: 44,
  InvalidCode: 45,
  AddressCollision: 46,
  /** What answers a system call broke: it threw, gave something that is no answer, or took too long. */
  SystemCallFailure: 47,
  // Those of wasm-lite alone.
  /** Calls inside a module went deeper than there is room for their frames. */
  CallDepth: 48,
  Unreachable: 49,
  /** Bytes outside of a module's memory. */
  MemoryFault: 50,
  /** Division by zero, or of the least integer by −1. */
  IntegerFault: 51,
  /** A table has no such entry, or a function of another type. */
  IndirectCall: 52,
  /** Too many messages to modules are open. */
  NestingLimit: 53,
  /** The message was not run: 1,024 frames are open already. Gas is kept. */
  DepthExceeded: 17,
  /** The message was not run: the caller's balance is below its value. Gas is kept. */
  InsufficientBalance: 18,
  /** The message was not run: the creator's nonce is 2^64−1 (EIP-2681). Gas is kept. */
  NonceOverflow: 19,
} as const

export type Halt = (typeof Halt)[keyof typeof Halt]

/** STOP, RETURN, SELFDESTRUCT and their like: state and output stand. */
export function isSuccess(halt: Halt): boolean {
  return halt < Halt.Suspend
}

/** An exceptional halt (Yellow Paper 9.4.2): all gas of the frame is burnt. */
export function isExceptional(halt: Halt): boolean {
  return halt >= Halt.OutOfGas
}

const NAMES = new Map<number, string>(Object.entries(Halt).map(([name, code]) => [code, name]))

/** The halt's name in the code, e.g. `OutOfGas`. */
export function haltName(halt: Halt): string {
  return NAMES.get(halt) ?? `Halt${halt}`
}

/** What a row named `row` has returned. Throws BAD_TABLE, naming it, where that is no halt. */
export function checkedHalt(halt: Halt, row: string): Halt {
  if (halt === Halt.None || NAMES.has(halt)) return halt
  throw new ZvmError(ERROR_CODES.badTable, `${row}: execute returned ${String(halt)}, which is no halt`, {
    row,
  })
}
