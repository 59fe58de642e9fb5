import type { Effort, Timing } from './measure.ts'
import type { BenchRow } from './report.ts'

/** What the command line asks for. */
export interface Options {
  readonly json: boolean
  readonly isQuick: boolean
  /** Names of groups; null for all. */
  readonly groups: readonly string[] | null
  /** Takes the names of cases that are wanted. */
  readonly isWanted: (name: string) => boolean
  readonly tiers: readonly string[]
  /** A file of programs in the place of the public corpus. */
  readonly corpus: string | null
  /** Where the public suites lie. */
  readonly suites: string
}

/** What a group is given to run with. */
export interface Bench {
  readonly options: Options
  readonly effort: Effort
  isWanted(name: string): boolean
  /** Whether something that takes so long may still be begun; always, unless the run is to be quick. */
  hasTimeFor(ms: number): boolean
  /** Takes a row, and prints it with the timings it was made of. */
  add(row: BenchRow, ours: Timing, peer: Timing): void
  /** A result is wrong: it is told, and the command ends with an error. */
  fail(what: string): void
  /** Something a reader of the table must know, on stderr. */
  note(text: string): void
  /** What is being done now, on a terminal. */
  progress(text: string): void
}

/** A set of cases that is measured one way. New kinds of measurement are new groups in groups.ts. */
export interface Group {
  readonly name: string
  run(bench: Bench): Promise<void>
}
