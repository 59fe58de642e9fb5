import type { Frame } from './frame.ts'
import { interpret, type LoopOutcome } from './interpreter.ts'
import { MemoryArena } from './memory.ts'
import type { Table } from './table.ts'

/** One way to run frames. All give the same result for the same frame, to the step. */
export interface Tier {
  /** Where the memories of its frames lie. */
  readonly arena: MemoryArena
  /** A message of depth 0 begins, under this table: no frame is open. */
  begin(table: Table): void
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
  const arena = new MemoryArena(memoryLimitBytes)
  return { arena, begin: () => arena.trim(), open() {}, run: interpret }
}
