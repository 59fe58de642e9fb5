import type { Frame } from './frame.ts'
import { checkedHalt, Halt } from './halt.ts'
import { type Opcode, STACK_LIMIT } from './table.ts'

/** How a run of the loop ended: `steps` instructions were begun, the last of which gave `halt`. */
export interface LoopOutcome {
  halt: Halt
  steps: number
}

/**
 * The reference interpreter: runs the frame until a row returns other than None, or until `budget` instructions have
 * been begun (halt None then). Fills `outcome`; `frame.opcode` is the last opcode begun.
 */
export function interpret(frame: Frame, budget: number, outcome: LoopOutcome): void {
  const { opcodes } = frame
  const code = frame.program.bytes
  let left = budget
  let opcode: Opcode = frame.opcode
  let halt: Halt = Halt.None
  while (left > 0) {
    left--
    opcode = opcodes[code[frame.pc]]
    const height = frame.sp
    if (height < opcode.minHeight || height > opcode.maxHeight) {
      frame.steps = frame.stepsBefore + budget - left
      halt = checkReach(opcode, frame.program.bytes, frame.pc, height)
      if (halt !== Halt.None) break
    }
    const gasLeft = frame.gasLow - opcode.gas
    if (gasLeft >= 0) frame.gasLow = gasLeft
    else if (!frame.charge(opcode.gas)) {
      halt = Halt.OutOfGas
      break
    }
    frame.pc += opcode.size
    halt = opcode.execute(frame)
    if (halt !== Halt.None) break
  }
  frame.opcode = opcode
  outcome.halt = checkedHalt(halt, opcode.row.name)
  outcome.steps = budget - left
}

/** The slow half of the stack check: which end is passed, or the reach of a row that tells it by its immediate. */
export function checkReach(opcode: Opcode, bytes: Uint8Array, at: number, height: number): Halt {
  const { pops, pushes } = opcode.reachAt(bytes, at)
  if (height < pops) return Halt.StackUnderflow
  return height - pops + pushes > STACK_LIMIT ? Halt.StackOverflow : Halt.None
}
