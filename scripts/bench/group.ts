import type { Effort } from './measure.ts'
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
  /** Names of peers; null for all. */
  readonly peers: readonly string[] | null
  /** A file of programs in the place of the public corpus. */
  readonly corpus: string | null
  /** Where the public suites lie. */
  readonly suites: string
  /** Where to write a CPU profile. */
  readonly profile: string | null
}

/** What a group is given to run with. */
export interface Bench {
  readonly options: Options
  readonly effort: Effort
  isWanted(name: string): boolean
  isPeerWanted(name: string): boolean
  /** Whether something that takes so long may still be begun; always, unless the run is to be quick. */
  hasTimeFor(ms: number): boolean
  /** Takes a row and prints it. */
  add(row: BenchRow): void
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
  /** Another group that has this one with it. */
  readonly within?: string
  /** Its part of the time of a quick run, against those of the other groups. */
  readonly share: number
  /** Whether the cases are alike enough for a geometric mean of their ratios to say something. */
  readonly hasMean: boolean
  run(bench: Bench): Promise<void>
}
