import type { Driver } from '../core/driver.ts'
import type { Frame } from '../core/frame.ts'
import type { Message } from '../core/message.ts'
import type { State } from '../state/state.ts'
import { both } from './both.ts'
import { type MachineSnapshot, NO_MACHINE, putMachine, takeMachine } from './machine-snapshot.ts'
import { type Step, StepTracer } from './step.ts'

/** A message that is to be looked at, step by step. */
export interface DebuggedRun {
  readonly driver: Driver
  /** What the driver runs on, of which `takeState` says what it must be. */
  readonly state: State
  /** Begins the transaction and its message, on the state as it is between transactions, under the driver's tracer. */
  begin(): void
}

/** Whether to stop before the instruction that is next. */
export type StopTest = (debug: Debugger) => boolean

/** Instructions between two snapshots at the least. As many are run again, at the most, to step back. */
const FIRST_INTERVAL = 4096

/** Snapshots that are kept; of more, every second one is dropped, and the interval doubled. */
const MOST_SNAPSHOTS = 1024

/** Pages of 4 kB that snapshots may hold together before every second one is dropped. */
const MOST_PAGES = 1 << 16

/** A snapshot is taken no sooner than after as many instructions as take about as long. */
const STEPS_A_PAGE = 8

/** Instructions may be slow: after so many milliseconds the interval is over, whatever it is. */
const INTERVAL_MS = 8

/** Instructions between two looks at the clock. */
const SLICE = 256

/**
 * A message under the eye of a person: it stands before an instruction, and goes on or back from there. Positions count
 * the instructions begun, all frames together, from 0; the last one has no instruction: the message has ended. To go back,
 * the machine is put to the snapshot before and run from there, so that each position is the same however it is reached.
 * Everything runs on the driver's reference tier. The clock says where snapshots are taken, which changes nothing else.
 */
export class Debugger {
  readonly driver: Driver
  readonly state: State
  readonly #run: DebuggedRun
  /** By position, rising. Empty where the run cannot go back to one: it then begins anew. */
  #snapshots: MachineSnapshot[] = []
  #interval: number
  /** Frames, outermost first, that have not run since the last snapshot was taken or put. */
  #unchanged = 0
  #basis: MachineSnapshot = NO_MACHINE
  #takenMs = 0
  #length: number | null = null
  #gasGiven = 0n
  readonly #frames: Frame[] = []

  /** `interval`: instructions between two snapshots at the least, as far as these are small. */
  constructor(run: DebuggedRun, interval = FIRST_INTERVAL) {
    this.#run = run
    this.#interval = interval
    this.driver = run.driver
    this.state = run.state
    this.#restart()
  }

  /** Instructions begun. */
  get position(): number {
    return this.driver.steps
  }

  get hasEnded(): boolean {
    return this.driver.open === 0
  }

  /** The position at which the message has ended; null until it has been there. */
  get length(): number | null {
    return this.#length
  }

  /** The frame whose instruction is next; null once the message has ended. */
  get frame(): Frame | null {
    const { driver } = this
    const { open } = driver
    if (open === 0) return null
    // The driver has one frame a depth, so that it need not be asked again.
    this.#frames[open - 1] ??= driver.frames[open - 1]
    return this.#frames[open - 1]
  }

  /** Gas taken so far, what frames hold not counted. */
  get gasUsed(): bigint {
    const { driver } = this
    if (driver.open === 0) return this.#gasGiven - driver.result.gas
    return driver.frames.reduce((left, frame) => left - frame.gas, this.#gasGiven)
  }

  /** Goes to a position, or to the end if that comes before. */
  goTo(position: number): void {
    if (position < this.position) this.#putBefore(position)
    this.#runTo(position)
  }

  /** Runs to the end, or until it has come to `position`, to learn how long the message is, and comes back. */
  survey(position = Number.MAX_SAFE_INTEGER): void {
    if (this.#length !== null) return
    const here = this.position
    this.#runTo(position)
    this.goTo(here)
  }

  /** Executes the instruction that is next, and tells it; null where none is. Into calls, too. */
  step(): Step | null {
    if (this.hasEnded) return null
    const told: Step[] = []
    const fields = { memory: true, returnData: true }
    this.driver.tracer = both(this.#watch, new StepTracer(fields, { step: (step) => told.push(step) }))
    try {
      this.#advance(1)
    } finally {
      this.driver.tracer = this.#watch
    }
    this.#note()
    return told[0] ?? null
  }

  /** What the instruction that is next will cost and do, without leaving it. */
  peek(): Step | null {
    const here = this.position
    const step = this.step()
    this.goTo(here)
    return step
  }

  /** To before the instruction that came before this one. */
  back(): void {
    if (this.position > 0 || this.hasEnded) this.goTo(this.#before(this.position))
  }

  /** Executes the instruction that is next, with all that it calls, unless `stop` holds before. */
  over(stop: StopTest = never): void {
    const depth = this.driver.open
    this.#advanceUntil((debug) => debug.driver.open <= depth || stop(debug))
  }

  /** Runs until this frame has ended, unless `stop` holds before. */
  out(stop: StopTest = never): void {
    const depth = this.driver.open
    this.#advanceUntil((debug) => debug.driver.open < depth || stop(debug))
  }

  /** Runs to the next position at which `stop` holds, or the end; true if it holds. At most `limit` instructions. */
  continueUntil(stop: StopTest, limit = Number.MAX_SAFE_INTEGER): boolean {
    return this.#advanceUntil(stop, limit)
  }

  /**
   * Goes back to the last position before this one at which `stop` holds, or to the beginning; true if it holds. After
   * `limit` instructions or somewhat more it stands where it has come to, for the next call to go on from there.
   */
  backUntil(stop: StopTest, limit = Number.MAX_SAFE_INTEGER): boolean {
    let end = this.position
    const least = end - limit
    while (end > Math.max(0, least)) {
      this.#putBefore(end - 1)
      const start = this.position
      let found = -1
      for (; !this.hasEnded && this.position < end; this.#advance(1)) if (stop(this)) found = this.position
      if (found >= 0) {
        this.goTo(found)
        return true
      }
      end = start
    }
    this.goTo(end)
    return false
  }

  /** Back to before the call that this frame runs, or to the beginning. */
  backOut(): void {
    this.backUntil(this.outside())
  }

  /** Back over the instruction before, with all that it called. */
  backOver(): void {
    this.backUntil(this.within())
  }

  /** Holds where this frame is not open. */
  outside(): StopTest {
    const depth = this.driver.open
    return ({ driver }) => driver.open < depth
  }

  /** Holds in this frame and outside it, but not in what it calls. */
  within(): StopTest {
    const depth = Math.max(1, this.driver.open)
    return ({ driver }) => driver.open <= depth
  }

  /** The position before another one: an end that took no instruction, as of the step limit, has the same number. */
  #before(position: number): number {
    return Math.max(0, position - 1)
  }

  #advanceUntil(stop: StopTest, limit = Number.MAX_SAFE_INTEGER): boolean {
    const end = this.position + limit
    while (!this.hasEnded && this.position < end) {
      this.#advance(1)
      if (this.position % SLICE === 0) this.#note()
      if (!this.hasEnded && stop(this)) return true
    }
    return false
  }

  #runTo(position: number): void {
    while (!this.hasEnded && this.position < position) {
      this.#advance(Math.min(SLICE, this.#interval, position - this.position))
      this.#note()
    }
  }

  #advance(steps: number): void {
    this.driver.runFor(steps)
    if (this.hasEnded) this.#length = this.position
  }

  /** Takes a snapshot where the last one is far enough behind. */
  #note(): void {
    const last = this.#snapshots[this.#snapshots.length - 1]
    if (!last || this.hasEnded || this.position <= last.steps) return
    const steps = this.position - last.steps
    if (steps < STEPS_A_PAGE * last.cost) return
    if (steps < this.#interval && performance.now() - this.#takenMs < INTERVAL_MS) return
    this.#take()
  }

  #take(): void {
    const { driver, state } = this
    // What the basis shares with this one stays right: frames that have not run since it.
    const taken = takeMachine(driver, state, this.#basis, Math.min(this.#unchanged, driver.open - 1))
    this.#snapshots.push(taken)
    this.#setBasis(taken)
    this.#thin()
  }

  #setBasis(basis: MachineSnapshot): void {
    this.#basis = basis
    this.#unchanged = basis.frames.length - 1
    this.#takenMs = performance.now()
  }

  #thin(): void {
    const snapshots = this.#snapshots
    if (snapshots.length < MOST_SNAPSHOTS && !this.#isHeavy()) return
    this.#snapshots = snapshots.filter((_, i) => i % 2 === 0)
    this.#interval *= 2
  }

  /** Counted now and then: it is looked through all of them. */
  #isHeavy(): boolean {
    const snapshots = this.#snapshots
    if (snapshots.length % 32 !== 0) return false
    const pages = new Set<unknown>()
    for (const { memory, state } of snapshots)
      for (const part of [memory, ...Object.values(state.parts)])
        for (const page of part.pages) pages.add(page)
    return pages.size > MOST_PAGES
  }

  /** To the last snapshot at or before a position, or to the beginning. */
  #putBefore(position: number): void {
    const { driver, state } = this
    const at = lastAtMost(this.#snapshots, position)
    if (at < 0) {
      this.#restart()
      return
    }
    putMachine(driver, state, this.#snapshots[at])
    this.#setBasis(this.#snapshots[at])
  }

  #restart(): void {
    const { driver, state } = this
    state.rollback()
    driver.tracer = this.#watch
    this.#run.begin()
    if (driver.open === 0) this.#length = 0
    else if (driver.runtime === null && this.#snapshots.length === 0) this.#take()
  }

  /** Sees which frames go on: the sender of each message that ends. Without steps, so that nothing runs slower. */
  readonly #watch = {
    enter: ({ depth, gas }: Message): void => {
      if (depth === 0) this.#gasGiven = gas
    },
    exit: ({ depth }: Message): void => {
      if (depth - 1 < this.#unchanged) this.#unchanged = Math.max(0, depth - 1)
    },
  }
}

const never: StopTest = () => false

function lastAtMost(snapshots: readonly MachineSnapshot[], position: number): number {
  let low = 0
  let high = snapshots.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (snapshots[middle].steps <= position) low = middle + 1
    else high = middle
  }
  return low - 1
}
