import type { Frame } from '../core/frame.ts'
import { Halt, isExceptional } from '../core/halt.ts'
import { haltMessage } from '../core/halt-message.ts'
import { type Opcode, STACK_LIMIT } from '../core/table.ts'

/**
 * Why the instruction failed, as geth words it; empty if it did not. `frame` is as `stepEnd` shows it: at a failed
 * stack check its stack and pc are those before the instruction.
 */
export function stepError(frame: Frame, opcode: Opcode, halt: Halt): string {
  if (halt === Halt.StackUnderflow) {
    return `stack underflow (${frame.sp} <=> ${opcode.reachAt(frame.program.bytes, frame.pc).pops})`
  }
  if (halt === Halt.StackOverflow) {
    const { pops, pushes } = opcode.reachAt(frame.program.bytes, frame.pc)
    return `stack limit reached ${frame.sp} (${STACK_LIMIT + pops - pushes})`
  }
  if (halt === Halt.InvalidOpcode) return `invalid opcode: ${opcode.name}`
  return halt === Halt.Revert || isExceptional(halt) ? haltMessage(halt) : ''
}

/** Whether the instruction failed its checks and never acted. */
export function failedChecks(halt: Halt): boolean {
  return halt === Halt.StackUnderflow || halt === Halt.StackOverflow || halt === Halt.OutOfGas
}
