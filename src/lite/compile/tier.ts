import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import type { Frame } from '../../core/frame.ts'
import type { Halt } from '../../core/halt.ts'
import { interpret, type LoopOutcome } from '../../core/interpreter.ts'
import { MemoryArena } from '../../core/memory.ts'
import type { Program } from '../../core/program.ts'
import type { FrameKeeper, Tier } from '../../core/tier.ts'
import * as CELL from '../../wasm/cells.ts'
import { FrameStack, type Place, type Placed } from '../../wasm/frame-stack.ts'
import {
  align,
  PAGE,
  REGISTER_COUNT,
  REGISTERS,
  STACK_BYTES,
  TRANSACTION,
  WORD_BYTES,
  wordsAt,
} from '../../wasm/layout.ts'
import { LinearViews } from '../../wasm/linear-views.ts'
import type { StepTally } from '../../wasm/step-tally.ts'
import { EXPAND } from './module.ts'
import { HALT, MEMORY_BYTES, type Places, placesOf } from './places.ts'
import { ROW_NAME } from './source.ts'

/** A run of the module counts its instructions in 31 bits; longer ones are made of several. */
const MOST_STEPS = 0x7fffffff

/** The whole memory of a module as the host reads and writes it. */
class ModuleViews extends LinearViews {
  override see(buffer: ArrayBuffer): void {
    this.cells = new Int32Array(buffer, 0, TRANSACTION / 4)
    this.bytes = new Uint8Array(buffer)
    this.halves = new Int32Array(buffer)
    this.limbs = new BigUint64Array(buffer)
  }
}

/** The memories of frames at the end of a module's. */
class ModuleArena extends MemoryArena {
  readonly #from: number
  readonly #grown: () => void
  #memory!: WebAssembly.Memory

  constructor(limitBytes: number, from: number, grown: () => void, renew: () => void) {
    super(Math.min(limitBytes, MEMORY_BYTES - from))
    this.#from = from
    this.#grown = grown
    this.renew = renew
  }

  use(memory: WebAssembly.Memory): void {
    this.#memory = memory
    this.see(memory.buffer as ArrayBuffer, this.#from)
  }

  protected override grow(end: number): void {
    const wanted = Math.min(Math.max(end, this.bytes.length * 2), this.limitBytes)
    this.#memory.grow(Math.ceil((wanted - this.bytes.length) / PAGE))
    this.use(this.#memory)
    this.#grown()
  }

  /** Bytes that are there, not stale, and may be used. */
  get presentBytes(): number {
    return Math.min(this.bytes.length, this.limitBytes, this.stale)
  }
}

/**
 * Runs the frames of one compiled module, in one instance of it: `main` is left whenever a row sends a message or ends
 * the frame, and goes on from what the cells say, so frames do not nest on the host's stack.
 */
export class ModuleTier implements Tier {
  user: FrameKeeper | null = null
  readonly arena: ModuleArena
  readonly #module: WebAssembly.Module
  readonly #tally: StepTally
  readonly #places: Places
  readonly #placed: Placed
  readonly #views = new ModuleViews()
  #stack!: FrameStack<Placed>
  /** Depths of the frames that are open here, and the frames that are open in any such tier, the innermost last. */
  readonly #open: number[] = []
  readonly #all: Frame[]
  #main!: () => void
  #memory!: WebAssembly.Memory
  #hasTransactionWords = false

  /** The frame that runs. */
  #frame!: Frame
  #place!: Place<Placed>

  constructor(
    module: WebAssembly.Module,
    program: Program,
    memoryLimitBytes: number,
    tally: StepTally,
    all: Frame[],
  ) {
    this.#all = all
    this.#module = module
    this.#tally = tally
    const places = placesOf(program)
    this.#places = places
    this.#placed = { program, code: places.code, landings: places.landings, units: places.units }
    this.arena = new ModuleArena(
      memoryLimitBytes,
      places.memories,
      () => this.#see(),
      () => this.#renew(),
    )
    this.#renew()
  }

  get isOpen(): boolean {
    return this.#open.length > 0
  }

  /** Begins with a fresh instance: memory that has grown cannot shrink, only be let go. */
  #renew(): void {
    const { exports } = this.#instance()
    this.#main = exports.main as () => void
    this.#memory = exports.memory as WebAssembly.Memory
    this.#stack = new FrameStack<Placed>(this.#views)
    this.arena.use(this.#memory)
    this.#see()
  }

  #instance(): WebAssembly.Instance {
    try {
      return new WebAssembly.Instance(this.#module, {
        zvm: { [ROW_NAME]: (wanted: number) => this.#row(wanted) },
      })
    } catch (cause) {
      const { message } = cause as Error
      throw new ZvmError(
        ERROR_CODES.io,
        `this host has not enough memory for a module: ${message}`,
        {},
        cause,
      )
    }
  }

  begin(): void {
    if (this.isOpen) {
      // What was thrown may have passed by where a frame's size is told.
      this.#open.length = 0
      this.arena.spoil()
    }
    this.arena.trim()
    this.#hasTransactionWords = false
  }

  open(frame: Frame): void {
    const { depth, input, memoryBase } = frame
    const place = this.#stack.at(depth)
    const outer = this.#open[this.#open.length - 1]
    const below = outer === undefined ? this.#places.stacks : this.#stack.at(outer).cells[CELL.sp >> 2]
    this.#open.push(depth)
    this.#all.push(frame)
    const stackEnd = align(below + input.length) + STACK_BYTES
    const hasRoom = stackEnd <= this.#places.memories && memoryBase <= this.arena.limitBytes
    if (!this.#stack.lay(place, hasRoom ? this.#placed : null, below, input.length)) {
      // What it is a view of may grow while the frame is open.
      frame.input = input.slice()
      return
    }
    const { bytes } = this.#views
    bytes.set(input, below)
    this.#stack.view(frame, below)
    const registers = wordsAt(depth) + REGISTERS
    bytes.fill(0, registers, registers + REGISTER_COUNT * WORD_BYTES)
    place.self = frame.self
    place.caller = frame.caller
    place.value = frame.value
    const { cells } = place
    cells[CELL.isStatic >> 2] = frame.isStatic ? 1 : 0
    cells[CELL.memoryBase >> 2] = this.#places.memories + memoryBase
    // Frames of other modules may lie below: what is copied to here, be it nothing, must not be outside. Last, since
    // calldata may have been a view of this memory.
    this.arena.reserve(memoryBase, memoryBase)
  }

  close({ depth }: Frame): void {
    this.#open.pop()
    this.#all.pop()
    this.#stack.at(depth).viewer = null
  }

  answer(): void {}

  run(frame: Frame, budget: number, outcome: LoopOutcome): void {
    const place = this.#stack.at(frame.depth)
    if (place.isPlain) {
      interpret(frame, budget, outcome)
      this.#tally.steps += outcome.steps
      this.#tally.plain += outcome.steps
      return
    }
    this.#frame = frame
    this.#place = place
    const limit = Math.min(budget, MOST_STEPS)
    this.#stack.enter(frame, place, limit)
    this.#fillWords()
    if (!this.#hasTransactionWords) this.#stack.fillTransaction(frame.env)
    this.#hasTransactionWords = true
    this.#flush()
    this.#main()
    const { cells } = this.#views
    const halt = cells[HALT >> 2] as Halt
    this.#reload()
    this.#stack.leave(frame, place, halt)
    outcome.halt = halt
    outcome.steps = limit - cells[CELL.budget >> 2]
    this.#tally.steps += outcome.steps
  }

  /** The frame's words into memory, unless they are there. */
  #fillWords(): void {
    if (this.#views.cells[CELL.hasWords >> 2] === 1) return
    this.#stack.fillWords(this.#place)
    this.#views.cells[CELL.hasWords >> 2] = 1
  }

  /** The frame's gas, place, memory size and registers into memory. */
  #flush(): void {
    const frame = this.#frame
    this.#stack.writeCells(frame, this.#place)
    const { cells } = this.#views
    cells[CELL.memoryEnd >> 2] = this.#places.memories + this.arena.presentBytes
    if (frame.registers.length === 0) return
    this.#stack.fillRegisters(this.#place, frame.registers)
    cells[CELL.hasRegisters >> 2] = 1
  }

  #reload(): void {
    this.#stack.readCells(this.#views.cells, this.#frame, this.#place)
  }

  /** Called by the module: a row, as the `execute` of GeneratedTier, or more memory. */
  #row(wanted: number): Halt {
    const frame = this.#frame
    this.#reload()
    if (wanted === EXPAND) {
      const halt = frame.expand(0n, this.#views.limbs[CELL.wanted >> 3])
      this.#flush()
      return halt
    }
    this.#tally.calledOut[wanted & 0xff]++
    const halt = this.#stack.execute(frame, wanted)
    this.#flush()
    return halt
  }

  #see(): void {
    this.#views.see(this.#memory.buffer as ArrayBuffer)
    this.#stack.see()
  }
}
