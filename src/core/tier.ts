import type { Limits } from './driver.ts'
import type { Frame } from './frame.ts'
import type { Halt } from './halt.ts'
import { interpret, type LoopOutcome } from './interpreter.ts'
import { MemoryArena } from './memory.ts'
import type { Message } from './message.ts'
import type { Precompile } from './precompile.ts'
import type { Program } from './program.ts'
import type { Table } from './table.ts'
import type { Tracer } from './tracer.ts'

/** Who keeps the open frames: the driver. */
export interface FrameKeeper {
  /** Where there is one every message must be the keeper's to send. */
  readonly tracer: Tracer | null
  /**
   * Takes a frame that the tier has opened by itself for the pending message of the innermost frame, at a mark of the
   * journal. Its pc, gas and memory are the tier's to set.
   */
  adopt(message: Message, program: Program, checkpoint: number): Frame
  readonly limits: Limits
  /** Frames open now, and instructions begun so far. */
  readonly open: number
  readonly steps: number
  /**
   * Runs the pending message of the innermost frame to its end, on the host's own stack: for a tier whose frames cannot be
   * left. Only a void run may come back before, with more frames open than there were.
   */
  send(frame: Frame): void
}

/** How code is run that is not of the driver's table. */
export interface Format {
  /** Whose opcodes its frames have. */
  readonly table: Table
  /** What runs its frames; null for what runs those of the driver's table. */
  readonly tier: Tier | null
  /** What they run where it is not the account's code itself but was the source of it. */
  readonly code?: Uint8Array
}

/** The formats that code may be in beside that of the driver's table, which then runs in the reference tier. */
export interface Formats {
  /** A message of depth 0 begins. */
  begin(table: Table, keeper: FrameKeeper): void
  /** Of what a message runs; null for the driver's own. */
  formatOf(message: Message, code: Uint8Array): Format | null
  /**
   * Whether a creation may leave this code: None or a halt; null where the rules of the table tell. Nothing that takes
   * long is done for code whose deposit is not paid for.
   */
  verdict(code: Uint8Array, isPaid: boolean): Halt | null
}

/**
 * One way to run frames. All give the same result for the same frame, to the step. A tier may run a message that is
 * sent without value to code by itself, as the driver would, as long as nobody watches: before a row is executed by the
 * host, or `run` returns, the keeper has been given every frame that is open.
 */
export interface Tier {
  /** Whose message runs here now, on the host's stack: no other may begin. Set by the driver. */
  user: FrameKeeper | null
  /** Where the memories of its frames lie. */
  readonly arena: MemoryArena
  /** A message of depth 0 begins, under this table: no frame is open. */
  begin(table: Table, keeper: FrameKeeper): void
  /** A frame was opened, with its program and gas: nothing of it has run. */
  open(frame: Frame): void
  /** The innermost frame has ended; its changes stand, or were undone. */
  close(frame: Frame, stands: boolean): void
  /** A message has succeeded without a frame: its recipient runs nothing, or is a precompile. */
  answer(message: Message, precompile?: Precompile): void
  /**
   * Goes on with the innermost frame until an instruction of the frame that is innermost then gives another halt than
   * None, or `budget` instructions have been begun. Fills `outcome`, and leaves in that frame what the driver reads:
   * `opcode`, gas, memory size, output.
   */
  run(frame: Frame, budget: number, outcome: LoopOutcome): void
}

/** The loop over `execute`: the judge of the others, and what steps are traced in. */
export function referenceTier(memoryLimitBytes: number): Tier {
  const arena = new MemoryArena(memoryLimitBytes)
  return { user: null, arena, begin: () => arena.trim(), open() {}, close() {}, answer() {}, run: interpret }
}
