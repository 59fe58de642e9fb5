import type { Frame } from '../core/frame.ts'
import { Halt } from '../core/halt.ts'
import type { Host } from '../core/host.ts'
import { interpret, type LoopOutcome } from '../core/interpreter.ts'
import { keccakOver } from '../core/keccak-wasm.ts'
import { writeLimbs } from '../core/limbs.ts'
import { CallKind, type Message, NO_BYTES } from '../core/message.ts'
import type { Precompile } from '../core/precompile.ts'
import type { InstructionSet, Table } from '../core/table.ts'
import type { FrameKeeper, Tier } from '../core/tier.ts'
import { SlotHome } from '../state/slot-home.ts'
import { State } from '../state/state.ts'
import * as CELL from './cells.ts'
import type { Heat } from './compiler/translation.ts'
import { FrameStack, type Place } from './frame-stack.ts'
import { HeldFrames } from './held-frames.ts'
import { KnownAccounts } from './known-accounts.ts'
import { ARENA, BALANCE, ENTER, FIRST_PAGES, RETURNED, SLOT_ROOM, STACKS } from './layout.ts'
import { LinearArena } from './linear-arena.ts'
import { LinearViews } from './linear-views.ts'
import { interpreterBytes } from './prepared.ts'
import { ProgramSpace } from './program-space.ts'
import * as RETURNED_IS from './returned-is.ts'
import { StepTally } from './step-tally.ts'

/** A run of the generated code counts its instructions in 31 bits; longer ones are made of several. */
const MOST_STEPS = 0x7fffffff

/** Compiled once an instruction set: it is the same for every engine. */
const modules = new WeakMap<InstructionSet['opcodes'], WebAssembly.Module>()

function moduleOf(set: InstructionSet): WebAssembly.Module {
  const known = modules.get(set.opcodes)
  if (known) return known
  const module = new WebAssembly.Module(interpreterBytes(set) as Uint8Array<ArrayBuffer>)
  modules.set(set.opcodes, module)
  return module
}

/**
 * Runs frames in generated code: the interpreter, and translations of what is hot. Operand stacks, gas and memory live in
 * linear memory; rows without `lower` come back here.
 */
export class GeneratedTier implements Tier {
  user: FrameKeeper | null = null
  readonly arena: LinearArena
  readonly #module: WebAssembly.Module
  #memory!: WebAssembly.Memory
  #run!: () => number
  /** What the interpreter exports, helpers of translations among it. */
  #exports!: Readonly<Record<string, unknown>>
  readonly #tally: StepTally
  readonly #views = new LinearViews()
  readonly #stack = new FrameStack(this.#views)
  readonly #known = new KnownAccounts(this.#views)
  readonly #programs: ProgramSpace
  /** Where the slots of the state lie that ran a message last. */
  readonly #slots = new SlotHome(SLOT_ROOM)
  readonly #held: HeldFrames

  /** The innermost frame of those that the driver knows of. */
  #frame!: Frame
  /** Where the frame lies that runs now: that one, or the innermost of those that are held above it. */
  #place!: Place

  /** `heat` tells when programs are translated instead of interpreted; `tally` is told what was run. */
  constructor(set: InstructionSet, memoryLimitBytes: number, heat: Heat, tally = new StepTally()) {
    this.#tally = tally
    this.#programs = new ProgramSpace(set, heat, tally, this.#views)
    this.#module = moduleOf(set)
    this.arena = new LinearArena(
      memoryLimitBytes,
      () => this.#see(),
      () => this.#renew(),
    )
    this.#held = new HeldFrames(this.#views, this.#stack, this.#known, this.arena)
    this.#renew()
  }

  /** Begins with a fresh memory: one that has grown cannot shrink, only be let go. */
  #renew(): void {
    const memory = new WebAssembly.Memory({ initial: FIRST_PAGES })
    const env = {
      memory,
      keccak: keccakOver(memory).hash,
      execute: (code: number) => this.#execute(code),
      expand: () => this.#expand(),
      environment: (group: number) => this.#fillEnvironment(group),
      loadSlot: (slot: number) => this.#loadSlot(slot),
    }
    const { exports } = new WebAssembly.Instance(this.#module, { env })
    this.#run = exports.run as () => number
    this.#exports = exports
    this.#memory = memory
    this.arena.use(memory)
    this.#stack.clear()
    this.#programs.clear()
    this.#see()
  }

  begin(table: Table, keeper: FrameKeeper): void {
    this.#held.begin(table, keeper)
    this.arena.trim()
    this.#programs.trim()
    this.#known.isHidden = keeper.tracer !== null
    this.#known.forget()
    this.#views.cells[CELL.hasTransactionWords >> 2] = 0
  }

  open(frame: Frame): void {
    const { depth, input, message } = frame
    const isCreate = message.kind >= CallKind.Create
    // What was known of the account may no longer hold.
    if (isCreate) this.#known.forget()
    if (depth === 0) this.#takeSlots(frame.host)
    const placed = this.#programs.place(frame.program)
    const place = this.#stack.at(depth)
    const below = depth === 0 ? STACKS : this.#stack.at(depth - 1).cells[CELL.sp >> 2]
    place.learned = this.#known.learned
    const { bytes } = this.#views
    // Stays where the sender has it, which changes nothing meanwhile. What asks for the buffer takes its time.
    const isHere = depth > 0 && input.buffer === bytes.buffer
    const hasRoom = this.#stack.lay(place, placed, below, isHere ? 0 : input.length)
    if (isHere) this.#stack.view(frame, input.byteOffset)
    else if (hasRoom) bytes.set(input, below)
    if (!hasRoom) return
    if (depth > 0 && !isCreate && message.to === message.codeAddress) {
      this.#known.learnCode(message.to, placed!)
      // It outlives this frame, whatever becomes of it.
      place.learned = this.#known.learned
    }
    this.#settle(frame, place)
  }

  /** As whom the frame runs, and where its memory lies. */
  #settle(frame: Frame, place: Place): void {
    place.self = frame.self
    place.caller = frame.caller
    place.value = frame.value
    place.isStatic = frame.isStatic
    place.cells[CELL.isStatic >> 2] = frame.isStatic ? 1 : 0
    place.cells[CELL.memoryBase >> 2] = ARENA + frame.memoryBase
  }

  #takeSlots(host: Host): void {
    if (host instanceof State) this.#slots.admit(host.slots)
    else this.#slots.release()
  }

  close({ depth }: Frame, stands: boolean): void {
    const place = this.#stack.at(depth)
    place.viewer = null
    if (!stands) this.#known.forgetSince(place.learned)
  }

  answer({ depth, kind, to, codeAddress }: Message, precompile?: Precompile): void {
    // The other kinds do not touch the account named, so that it may still be absent.
    if (depth === 0 || (kind !== CallKind.Call && kind !== CallKind.StaticCall) || to !== codeAddress) return
    if (!precompile || precompile.copies) this.#known.learnIdle(to, precompile?.copies)
  }

  run(frame: Frame, budget: number, outcome: LoopOutcome): void {
    const place = this.#stack.at(frame.depth)
    if (place.isPlain) {
      interpret(frame, budget, outcome)
      this.#tally.steps += outcome.steps
      this.#tally.plain += outcome.steps
      return
    }
    const limit = Math.min(budget, MOST_STEPS)
    this.#frame = frame
    this.#place = place
    this.#stack.enter(frame, place, limit)
    this.#flush(frame)
    const halt = this.#goOn(limit)
    this.#finish(halt)
    outcome.halt = halt
    outcome.steps = limit - this.#views.cells[CELL.budget >> 2]
    this.#tally.steps += outcome.steps
  }

  /** Leaves in the frame that is innermost now what the driver reads. */
  #finish(halt: Halt): void {
    this.#release()
    this.#reload(this.#frame)
    this.#stack.leave(this.#frame, this.#place, halt)
  }

  /** Runs from where the cells say: units where there are some, the interpreter where not; frames above it included. */
  #goOn(limit: number): Halt {
    let left = limit
    // What a unit leaves, with budget left, is an instruction for the interpreter.
    let isLeft = false
    for (;;) {
      const { placed } = this.#place
      const { translation } = placed
      // Of another frame, or from before a transfer.
      this.#views.cells[CELL.hasBalance >> 2] = 0
      let halt: number
      const unit: number = translation.isThere && !isLeft ? this.#unit() : 0
      isLeft = unit !== 0
      if (unit !== 0) halt = translation.enter(unit, this.#memory, this.#exports)
      else {
        const part = Math.min(left, translation.mostSteps)
        if (part === 0) {
          this.#programs.translate(placed)
          continue
        }
        this.#keepBudget(part, part - left)
        halt = this.#run()
        const { cells } = this.#views
        const unused = cells[CELL.budget >> 2]
        translation.interpreted(part - unused, cells[CELL.pc >> 2] - placed.code)
        this.#keepBudget(left - part + unused, left - part)
      }
      left = this.#views.cells[CELL.budget >> 2]
      if (halt === ENTER) halt = this.#enter()
      else if (halt !== Halt.None) halt = this.#leave(halt as Halt)
      else if (left !== 0) continue
      if (halt !== Halt.None || left === 0) return halt as Halt
      isLeft = false
    }
  }

  /** Instructions that may be begun, now that the end of the run is so many further away. */
  #keepBudget(budget: number, further: number): void {
    const { cells } = this.#views
    cells[CELL.budget >> 2] = budget
    const low = (cells[CELL.stepsAtEnd >> 2] >>> 0) + further
    cells[CELL.stepsAtEnd >> 2] = low
    cells[(CELL.stepsAtEnd + 4) >> 2] += Math.floor(low / 2 ** 32)
  }

  /** The unit that begins where execution stands, 0 if there is none. Gas of 2^63 and more is left to the interpreter. */
  #unit(): number {
    const { cells } = this.#views
    if (cells[(CELL.gas + 4) >> 2] < 0) return 0
    return this.#programs.unitAt(this.#place.placed, cells[CELL.pc >> 2] - cells[CELL.codeBase >> 2])
  }

  /** Opens the frame that the cells tell; where that cannot be done here, the row is executed. */
  #enter(): Halt {
    const opened = this.#held.enter(this.#place, this.#frame.host)
    if (opened) {
      this.#place = opened
      return Halt.None
    }
    const { cells, bytes } = this.#views
    return this.#execute(bytes[cells[CELL.pc >> 2]])
  }

  /** A frame has ended: one that is held has its sender go on, any other is for the driver to settle. */
  #leave(halt: Halt): Halt {
    if (this.#place.depth === this.#frame.depth) return halt
    const sender = this.#held.leave(this.#place, this.#frame.host, halt)
    if (!sender) return halt
    this.#place = sender
    return Halt.None
  }

  /** Gives the driver the frames that are held. */
  #release(): void {
    if (this.#place.depth === this.#frame.depth) return
    this.#stack.save(this.#place)
    this.#frame = this.#held.release(this.#frame, this.#place)
  }

  /** The frame's gas, place and memory size into the cells. */
  #flush(frame: Frame): void {
    this.#stack.writeCells(frame, this.#place)
    this.#views.cells[CELL.memoryEnd >> 2] = ARENA + this.arena.presentBytes
  }

  #reload(frame: Frame): void {
    const { cells } = this.#views
    this.#stack.readCells(cells, frame, this.#place)
    if (cells[CELL.returned >> 2] !== RETURNED_IS.here) return
    const size = cells[CELL.returnedSize >> 2]
    frame.returnData = size === 0 ? NO_BYTES : this.#views.bytes.slice(RETURNED, RETURNED + size)
    cells[CELL.returned >> 2] = RETURNED_IS.copied
  }

  /** Called by generated code: the row at this byte, checked and its static gas charged unless it is UNCHECKED. */
  #execute(wanted: number): Halt {
    this.#tally.calledOut[wanted & 0xff]++
    this.#release()
    const frame = this.#frame
    this.#reload(frame)
    this.#views.cells[CELL.hasBalance >> 2] = 0
    const halt = this.#stack.execute(frame, wanted)
    this.#flush(frame)
    return halt
  }

  /** Called by generated code: makes the wanted bytes of memory present. */
  #expand(): Halt {
    this.#release()
    const frame = this.#frame
    this.#reload(frame)
    const halt = frame.expand(0n, this.#views.limbs[CELL.wanted >> 3])
    this.#flush(frame)
    return halt
  }

  /**
   * Called by generated code: puts in place the frame's words (group 0), the transaction's (1), what the slots of
   * the frame's account are filed under (2), its registers (3), or its account's balance (4).
   */
  #fillEnvironment(group: number): void {
    const { cells } = this.#views
    if (group === 3) {
      // One that the driver does not know of has set none.
      const isKnown = this.#place.depth === this.#frame.depth
      this.#stack.fillRegisters(this.#place, isKnown ? this.#frame.registers : [])
      cells[CELL.hasRegisters >> 2] = 1
    } else if (group === 4) {
      writeLimbs(this.#views, BALANCE / 8, this.#frame.host.balance(this.#place.self))
      cells[CELL.hasBalance >> 2] = 1
    } else if (group === 2) {
      this.#nameOwners()
    } else if (group === 0) {
      this.#stack.fillWords(this.#place)
      cells[CELL.hasWords >> 2] = 1
    } else {
      this.#stack.fillTransaction(this.#frame.env)
    }
  }

  /** Nothing is filed under what is named here where the state is none of ours. */
  #nameOwners(): void {
    const { cells } = this.#views
    const { host } = this.#frame
    const { self } = this.#place
    const isOurs = host instanceof State
    cells[CELL.storageOwner >> 2] = isOurs ? host.storageOwner(self) : NO_OWNER
    cells[CELL.transientOwner >> 2] = isOurs ? host.transientOwner(self) : NO_OWNER
  }

  /** Called by generated code, where the state is ours: asks the source for a slot that was added. */
  #loadSlot(slot: number): void {
    const host = this.#frame.host as State
    host.loadSlot(this.#place.self, slot)
  }

  #see(): void {
    const { buffer } = this.#memory
    this.#views.see(buffer)
    this.#slots.see(buffer)
    this.#stack.see()
  }
}

/** No slot is filed under it. */
const NO_OWNER = -1
