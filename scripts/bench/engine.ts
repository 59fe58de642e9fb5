import type { Contestant, Timed } from './measure.ts'
import type { Program, RunResult } from './program.ts'

/** One timed run of a program. */
export interface Run extends RunResult, Timed {}

/** An engine that takes part: one of our tiers, or a peer. Its contestants put the state back after every run. */
export interface Engine {
  readonly name: string
  prepare(program: Program): Contestant<Run> | Promise<Contestant<Run>>
}
