import type { Program, RunResult } from './program.ts'

/** One timed run. */
export interface Run extends RunResult {
  readonly ms: number
}

/** A program made ready to run again and again, each time from the same state. */
export interface Contestant {
  /** Runs the program once. Only the message itself is timed, not what puts the state back. */
  run(): Run | Promise<Run>
}

/** An engine that takes part: one of our tiers, or a peer. */
export interface Engine {
  readonly name: string
  prepare(program: Program): Contestant | Promise<Contestant>
}
