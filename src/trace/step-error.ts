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
    return `stack underflow (${frame.sp} <=> ${reachOf(frame, opcode).pops})`
  }
  if (halt === Halt.StackOverflow) {
    const { pops, pushes } = reachOf(frame, opcode)
    return `stack limit reached ${frame.sp} (${STACK_LIMIT + pops - pushes})`
  }
  if (halt === Halt.InvalidOpcode) return `invalid opcode: ${opcode.name}`
  return halt === Halt.Revert || isExceptional(halt) ? haltMessage(halt) : ''
}

/** Whether the instruction failed its checks and never acted. */
export function failedChecks(halt: Halt): boolean {
  return halt === Halt.StackUnderflow || halt === Halt.StackOverflow || halt === Halt.OutOfGas
}

function reachOf(frame: Frame, { row, size }: Opcode): { pops: number; pushes: number } {
  if (!row.stack) return row
  let immediate = 0
  for (let i = 1; i < size; i++) immediate = immediate * 256 + frame.program.bytes[frame.pc + i]
  return row.stack(immediate)
}
