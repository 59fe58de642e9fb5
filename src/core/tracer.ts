import type { Frame } from './frame.ts'
import type { Halt } from './halt.ts'
import type { Message, MessageResult } from './message.ts'
import type { Opcode } from './table.ts'

/**
 * Watches an execution. Called by the driver only; every argument is valid during the call alone (copy what is kept).
 * A tracer must not change what it is shown, nor read state that the execution has not read: on a source that loads
 * on demand that would be a miss.
 *
 * The order, for a message and everything under it:
 *
 *     message = enter { step stepEnd [ message ] } exit
 *
 * An instruction that sends a message has its `stepEnd` (halt Suspend) before that message's `enter`; what it pushes
 * when the message has ended shows in the next `step` of its frame. A precompile and an account without code have
 * `enter` and `exit` alone. An instruction that the step limit forbids has neither `step` nor `stepEnd`; the `exit` of
 * its frame (halt StepLimit) follows.
 */
export interface Tracer {
  /** Before the opcode at `frame.pc` is checked and charged. */
  step?(frame: Frame, opcode: Opcode): void
  /**
   * After it: `frame.gas` is what is left, a lent message's gas already taken; `halt` how it ended. An instruction
   * that failed its stack check or could not pay its static gas has left `frame.pc`, gas and stack as they were; one
   * that ran out of gas later has asked for `frame.gasDenied` more than was left.
   */
  stepEnd?(frame: Frame, opcode: Opcode, halt: Halt): void
  /** A message begins: before value moves; also for precompiles and accounts without code. */
  enter?(message: Message): void
  /** It ended: after its state was kept or undone. `message.gas` is no longer what it began with. */
  exit?(message: Message, result: MessageResult): void
}
