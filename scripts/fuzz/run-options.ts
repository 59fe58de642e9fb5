import type { Table } from '../../src/core/table.ts'

/** How long a run goes on, and what becomes of its finds: the same for both kinds of fuzzing. */
export interface RunOptions<F, R> {
  readonly seed: number
  /** Programs from number `first` on. */
  readonly first: number
  readonly programs: number
  /** Stops after this time even if programs are left. */
  readonly seconds: number
  /** Stops between two programs once aborted. */
  readonly signal?: AbortSignal
  /** Only this fork. */
  readonly fork: Table | null
  /** Kinds of find after which it stops: whoever looks at them has enough to do. */
  readonly findLimit: number
  /** Our table of a fork; another one plants a fault. */
  tableOf(fork: string): Table
  /** Called after each program. */
  onProgram?(report: R): void
  /** Called with each minimised find; gives the name under which it is kept. */
  keep(fixture: F): string
}
