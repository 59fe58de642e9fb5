import type { Frame } from './frame.ts'
import type { Halt } from './halt.ts'
import type { Message, MessageResult } from './message.ts'
import type { Opcode } from './table.ts'

/**
 * Watches an execution. Called by the driver only; every argument is valid during the call alone (copy what is kept).
 * A tracer must not change what it is shown.
 */
export interface Tracer {
  /** Before the opcode at `frame.pc` is checked and charged. */
  step?(frame: Frame, opcode: Opcode): void
  /** After it: `frame.gas` is what is left, a lent message's gas already taken; `halt` how it ended. */
  stepEnd?(frame: Frame, opcode: Opcode, halt: Halt): void
  /** A message begins: before value moves; also for precompiles and accounts without code. */
  enter?(message: Message): void
  /** It ended: after its state was kept or undone. */
  exit?(message: Message, result: MessageResult): void
}
