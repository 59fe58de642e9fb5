import type { Frame } from '../core/frame.ts'
import { Halt, isSuccess } from '../core/halt.ts'
import { haltMessage } from '../core/halt-message.ts'
import { CallKind, type Message, type MessageResult, NO_BYTES } from '../core/message.ts'
import { stepError } from './step-error.ts'

/** Why a message failed, as geth words it; empty if it did not. `frame` is as `exit` shows it. */
export function messageError(halt: Halt, frame: Frame | null): string {
  if (isSuccess(halt)) return ''
  if (frame === null) return haltMessage(halt)
  if (frame.halt === halt) return stepError(frame, frame.opcode, halt)
  return halt === Halt.OutOfGas ? 'contract creation code storage out of gas' : haltMessage(halt)
}

/** What a message gives: of a creation the code it deployed, of one that failed what it reverted with. */
export function messageOutput(
  { kind }: Message,
  { halt, output }: MessageResult,
  frame: Frame | null,
): Uint8Array {
  if (!isSuccess(halt)) return halt === Halt.Revert ? output : NO_BYTES
  return kind >= CallKind.Create && frame !== null ? frame.output : output
}
