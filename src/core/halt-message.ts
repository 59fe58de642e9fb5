import { Halt } from './halt.ts'

/** What a trace and an error line say, in the words other clients use. */
const MESSAGES: Readonly<Record<number, string>> = {
  [Halt.Revert]: 'execution reverted',
  [Halt.DepthExceeded]: 'max call depth exceeded',
  [Halt.InsufficientBalance]: 'insufficient balance for transfer',
  [Halt.NonceOverflow]: 'nonce uint64 overflow',
  [Halt.OutOfGas]: 'out of gas',
  [Halt.StackUnderflow]: 'stack underflow',
  [Halt.StackOverflow]: 'stack limit reached 1024',
  [Halt.InvalidJump]: 'invalid jump destination',
  [Halt.InvalidOpcode]: 'invalid opcode',
  [Halt.StaticViolation]: 'write protection',
  [Halt.ReturnDataOutOfBounds]: 'return data out of bounds',
  [Halt.MemoryLimit]: 'memory limit reached',
  [Halt.StepLimit]: 'step limit reached',
  [Halt.CapabilityDenied]: 'capability denied',
  [Halt.PrecompileFailure]: 'precompile failed',
  [Halt.CodeSizeExceeded]: 'max code size exceeded',
  [Halt.InitCodeSizeExceeded]: 'max initcode size exceeded',
  [Halt.InvalidCode]: 'invalid code: must not begin with 0xef',
  [Halt.AddressCollision]: 'contract address collision',
  [Halt.SystemCallFailure]: 'system call failed',
  [Halt.CallDepth]: 'calls inside a module nested too deep',
  [Halt.Unreachable]: 'unreachable instruction',
  [Halt.MemoryFault]: 'out of bounds memory access',
  [Halt.IntegerFault]: 'integer division by zero or overflow',
  [Halt.IndirectCall]: 'indirect call or table access out of bounds or of another type',
  [Halt.NestingLimit]: 'more than 64 messages to modules open',
}

/** The sentence for people; empty for a normal end. */
export function haltMessage(halt: Halt): string {
  return MESSAGES[halt] ?? ''
}
