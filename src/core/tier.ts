import type { Frame } from './frame.ts'
import { interpret, type LoopOutcome } from './interpreter.ts'
import { MemoryArena } from './memory.ts'

/** One way to run frames. All give the same result for the same frame, to the step. */
export interface Tier {
  /** Where the memories of its frames lie. */
  readonly arena: MemoryArena
  /** A frame was opened, with its program and gas: nothing of it has run. */
  open(frame: Frame): void
  /**
   * Goes on with the innermost frame until an instruction gives another halt than None, or `budget` instructions have
   * been begun. Fills `outcome`, and leaves in the frame what the driver reads: `opcode`, gas, memory size, output.
   */
  run(frame: Frame, budget: number, outcome: LoopOutcome): void
}

/** The loop over `execute`: the judge of the others, and what tracing and stepping see into. */
export function referenceTier(memoryLimitBytes: number): Tier {
  return { arena: new MemoryArena(memoryLimitBytes), open() {}, run: interpret }
}
