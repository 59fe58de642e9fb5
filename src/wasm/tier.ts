import type { Frame } from '../core/frame.ts'
import { checkedHalt, Halt } from '../core/halt.ts'
import type { Environment } from '../core/host.ts'
import { interpret, type LoopOutcome } from '../core/interpreter.ts'
import { keccakOver } from '../core/keccak-wasm.ts'
import type { FrameWord, TransactionWord } from '../core/lower.ts'
import { GAS_UNIT } from '../core/message.ts'
import type { Precompile } from '../core/precompile.ts'
import type { Program } from '../core/program.ts'
import type { InstructionSet, Table } from '../core/table.ts'
import type { Tier } from '../core/tier.ts'
import { SlotHome } from '../state/slot-home.ts'
import { State } from '../state/state.ts'
import { type Heat, Translation } from './compiler/translation.ts'
import { IdleAccounts } from './idle.ts'
import {
  ARENA,
  CELL,
  ENVIRONMENT,
  FIRST_PAGES,
  FRAME_WORDS,
  LANDING,
  PROGRAMS,
  PROGRAMS_BYTES,
  RETURNED,
  SLOT_ROOM,
  STACK_BYTES,
  STACKS,
  STACKS_BYTES,
  TRANSACTION_WORDS,
  WORD_BYTES,
} from './layout.ts'
import { LinearArena } from './linear-arena.ts'
import { interpreterBytes } from './prepared.ts'
import { StepTally } from './step-tally.ts'

const NO_BYTES = new Uint8Array(0)

/** Bytes of programs that are kept from one message to the next. */
const PROGRAMS_KEPT = 1 << 23

/** A run of the generated code counts its instructions in 31 bits; longer ones are made of several. */
const MOST_STEPS = 0x7fffffff

/** Where a program lies, and the filling of the program space that it belongs to. */
class Placed {
  address = 0
  filling = 0
  readonly translation: Translation

  constructor(translation: Translation) {
    this.translation = translation
  }

  /** Bytes from one of its parts to the next; see the layout. */
  static partBytes({ bytes }: Program): number {
    return align(bytes.length)
  }
}

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
  readonly arena: LinearArena
  readonly #module: WebAssembly.Module
  #memory!: WebAssembly.Memory
  #run!: () => number
  /** What translations import beside the memory. */
  #env!: Readonly<Record<string, unknown>>
  readonly #set: InstructionSet
  readonly #heat: Heat
  readonly #tally: StepTally
  #cells!: Int32Array
  #bytes!: Uint8Array
  #halves!: Uint32Array
  #limbs!: BigUint64Array

  /** The frame that runs now. */
  #frame!: Frame
  /** By depth: what of the frame is not in the frame. */
  readonly #places: Place[] = []
  readonly #idle = new IdleAccounts()
  #precompiles: ReadonlyMap<bigint, Precompile> = new Map()
  /** Where the slots of the state lie that ran a message last. */
  readonly #slots = new SlotHome(SLOT_ROOM)
  readonly #programs = new WeakMap<Program, Placed>()
  #filling = 0
  #nextProgram = PROGRAMS

  /** `heat` tells when programs are translated instead of interpreted; `tally` is told what was run. */
  constructor(set: InstructionSet, memoryLimitBytes: number, heat: Heat, tally = new StepTally()) {
    this.#set = set
    this.#heat = heat
    this.#tally = tally
    this.#module = moduleOf(set)
    this.arena = new LinearArena(
      memoryLimitBytes,
      () => this.#see(),
      () => this.#renew(),
    )
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
    }
    const { exports } = new WebAssembly.Instance(this.#module, { env })
    this.#run = exports.run as () => number
    this.#env = { ...env, ...exports }
    this.#memory = memory
    this.arena.use(memory)
    this.#see()
    this.#refill()
  }

  /** Empties the space of programs. */
  #refill(): void {
    this.#nextProgram = PROGRAMS
    this.#filling++
  }

  begin(table: Table): void {
    this.#precompiles = table.precompiles
    this.arena.trim()
  }

  open(frame: Frame): void {
    this.#idle.open()
    const { depth, input } = frame
    const below = depth === 0 ? STACKS : this.#places[depth - 1].top
    const stackBase = align(below + input.length + WORD_BYTES)
    const placed = this.#placeProgram(frame.program, depth)
    // A frame whose code or calldata finds no room runs on the loop over `execute`, in the same memory.
    const fits = placed !== null && stackBase + STACK_BYTES <= STACKS + STACKS_BYTES
    const place = this.#places[depth] ?? new Place()
    this.#places[depth] = place
    place.isPlain = !fits
    if (placed) {
      place.placed = placed
      place.code = placed.address
    }
    place.input = below
    place.base = fits ? stackBase : below
    place.top = place.base
    if (depth === 0) {
      this.#cells[CELL.hasTransactionWords / 4] = 0
      if (frame.host instanceof State) this.#slots.admit(frame.host.slots)
      else this.#slots.release()
    }
    place.frame = null
    if (!fits) {
      frame.input = input.slice()
      return
    }
    if (input.length > 0) this.#bytes.set(input, below)
    // Zeros for what is read past the end.
    for (let at = below + input.length; at < stackBase; at++) this.#bytes[at] = 0
    if (depth === 0 || input.length === 0) return
    place.frame = frame
    place.inputSize = input.length
    frame.input = this.#bytes.subarray(below, below + input.length)
  }

  run(frame: Frame, budget: number, outcome: LoopOutcome): void {
    const place = this.#places[frame.depth]
    if (place.isPlain) {
      interpret(frame, budget, outcome)
      this.#tally.steps += outcome.steps
      this.#tally.plain += outcome.steps
      return
    }
    const limit = Math.min(budget, MOST_STEPS)
    this.#frame = frame
    // What a message that was sent has left: 1 if it succeeded.
    const status = frame.sp === 1 ? frame.stack[0] : 0n
    this.#pushAll(frame, place)
    this.#enter(frame, place, limit)
    this.#idle.enter(frame, status === 1n, this.#precompiles, this.#halves, this.#limbs)
    const halt = this.#goOn(frame, place, limit)
    this.#reload(frame, place)
    if (halt === Halt.Suspend) this.#idle.leave(frame)
    // The instruction that halted: where the loop stands, unless a row was executed here, which has said it.
    if (halt !== Halt.None && halt !== Halt.Suspend)
      frame.opcode = frame.opcodes[frame.program.bytes[frame.pc]]
    const size = this.#cells[CELL.outputSize / 4]
    if (size !== 0) {
      const at = this.#cells[CELL.output / 4]
      frame.output = this.#bytes.slice(at, at + size)
    }
    outcome.halt = halt
    outcome.steps = limit - this.#cells[CELL.budget / 4]
    this.#tally.steps += outcome.steps
  }

  /** Runs from where the cells say: units where there are some, the interpreter where not. */
  #goOn({ program }: Frame, { code, placed }: Place, limit: number): Halt {
    const { translation } = placed
    let left = limit
    // What a unit leaves, with budget left, is an instruction for the interpreter.
    let isLeft = false
    for (;;) {
      let halt: Halt
      const unit: number =
        translation.isThere && !isLeft ? this.#unitAt(program, code, this.#cells[CELL.pc / 4] - code) : 0
      isLeft = unit !== 0
      if (unit !== 0) halt = translation.enter(unit, this.#memory, this.#env) as Halt
      else {
        if (translation.stepsLeft <= 0) {
          this.#translate(program, placed)
          continue
        }
        const part = Math.min(left, translation.stepsLeft)
        this.#cells[CELL.budget / 4] = part
        halt = this.#run() as Halt
        const unused = this.#cells[CELL.budget / 4]
        translation.stepsLeft -= part - unused
        this.#cells[CELL.budget / 4] = left - part + unused
      }
      left = this.#cells[CELL.budget / 4]
      if (halt !== Halt.None || left === 0) return halt
    }
  }

  /** The unit that begins at a position, 0 if there is none. Gas of 2^63 and more is left to the interpreter. */
  #unitAt(program: Program, code: number, position: number): number {
    if (this.#cells[CELL.gas / 4 + 1] < 0) return 0
    const at = code + 2 * Placed.partBytes(program) + 2 * position
    return this.#bytes[at] | (this.#bytes[at + 1] << 8)
  }

  #translate(program: Program, placed: Placed): void {
    const { translation } = placed
    const landings = placed.address + Placed.partBytes(program)
    const units = landings + Placed.partBytes(program)
    const before = translation.positions
    translation.renew((position) => (this.#bytes[landings + position] & LANDING.visited) !== 0)
    // Where a unit of the last translation continued another, none need begin now.
    for (const position of before) {
      this.#bytes[landings + position] &= ~LANDING.compiled
      this.#bytes.fill(0, units + 2 * position, units + 2 * position + 2)
    }
    this.#placeUnits(program, placed)
  }

  /** Tells interpreter and units where units begin. */
  #placeUnits(program: Program, { address, translation }: Placed): void {
    const landings = address + Placed.partBytes(program)
    const units = landings + Placed.partBytes(program)
    for (const [i, position] of translation.positions.entries()) {
      this.#bytes[landings + position] |= LANDING.compiled
      this.#bytes[units + 2 * position] = i + 1
      this.#bytes[units + 2 * position + 1] = (i + 1) >> 8
    }
  }

  #enter(frame: Frame, place: Place, limit: number): void {
    const cells = this.#cells
    const { program } = frame
    cells[CELL.codeBase / 4] = place.code
    cells[CELL.codeSize / 4] = program.sizeBytes
    const partBytes = Placed.partBytes(program)
    cells[CELL.landings / 4] = place.code + partBytes
    cells[CELL.units / 4] = place.code + 2 * partBytes
    cells[CELL.stackBase / 4] = place.base
    cells[CELL.memoryBase / 4] = ARENA + frame.memoryBase
    cells[CELL.budget / 4] = limit
    cells[CELL.input / 4] = place.input
    cells[CELL.inputSize / 4] = frame.input.length
    cells[CELL.outputSize / 4] = 0
    cells[CELL.hasFrameWords / 4] = 0
    cells[CELL.storageOwner / 4] = 0
    cells[CELL.transientOwner / 4] = 0
    cells[CELL.isStatic / 4] = frame.isStatic ? 1 : 0
    cells[CELL.hasReturned / 4] = 0
    this.#flush(frame, place)
  }

  /** The frame's gas, place and memory size into the cells. */
  #flush(frame: Frame, place: Place): void {
    const cells = this.#cells
    const { gasHigh } = frame
    if (gasHigh < 2 ** 22) {
      const gas = gasHigh * GAS_UNIT + frame.gasLow
      cells[CELL.gas / 4] = gas | 0
      cells[CELL.gas / 4 + 1] = Math.floor(gas / 2 ** 32)
    } else this.#limbs[CELL.gas / 8] = frame.gas
    cells[CELL.sp / 4] = place.top
    cells[CELL.pc / 4] = place.code + frame.pc
    cells[CELL.memorySize / 4] = frame.memorySize
    cells[CELL.memoryEnd / 4] = ARENA + this.arena.presentBytes
  }

  #reload(frame: Frame, place: Place): void {
    const cells = this.#cells
    const low = this.#halves[CELL.gas / 4]
    const high = this.#halves[CELL.gas / 4 + 1]
    if (high < 2 ** 20) {
      frame.gasLow = low & (GAS_UNIT - 1)
      frame.gasHigh = (high * 2 ** 32 + low - frame.gasLow) / GAS_UNIT
    } else frame.gas = this.#limbs[CELL.gas / 8]
    place.top = cells[CELL.sp / 4]
    frame.pc = cells[CELL.pc / 4] - place.code
    frame.memorySize = cells[CELL.memorySize / 4]
    if (cells[CELL.hasReturned / 4] !== 0) this.#takeReturned(frame)
  }

  /** The output of a message that generated code has sent. */
  #takeReturned(frame: Frame): void {
    const cells = this.#cells
    const size = cells[CELL.returnedSize / 4]
    frame.returnData = size === 0 ? NO_BYTES : this.#bytes.slice(RETURNED, RETURNED + size)
    cells[CELL.hasReturned / 4] = 0
  }

  /** Called by generated code: the row at this byte, checked and its static gas charged. */
  #execute(code: number): Halt {
    const frame = this.#frame
    const place = this.#places[frame.depth]
    this.#tally.calledOut[code]++
    this.#reload(frame, place)
    const opcode = frame.opcodes[code]
    frame.opcode = opcode
    this.#popInto(frame, place, opcode.row.pops)
    const at = frame.pc
    frame.pc += opcode.size
    const halt = checkedHalt(opcode.execute(frame), opcode.row.name)
    // A message may have been refused, and return data with it.
    if (opcode.row.resume) this.#cells[CELL.hasFrameWords / 4] = 0
    if (halt === Halt.None) this.#pushAll(frame, place)
    else if (halt !== Halt.Suspend) frame.pc = at
    else this.#bytes[this.#cells[CELL.landings / 4] + frame.pc] |= LANDING.visited
    this.#flush(frame, place)
    return halt
  }

  /** Called by generated code: makes the wanted bytes of memory present. */
  #expand(): Halt {
    const frame = this.#frame
    const place = this.#places[frame.depth]
    this.#reload(frame, place)
    const halt = frame.expand(0n, this.#limbs[CELL.wanted / 8])
    this.#flush(frame, place)
    return halt
  }

  /**
   * Called by generated code: puts in place the frame's words (group 0), the transaction's (1), or what the slots of
   * the frame's account are filed under (2).
   */
  #fillEnvironment(group: number): void {
    const frame = this.#frame
    if (group === 2) {
      this.#nameOwners(frame)
      return
    }
    const first = ENVIRONMENT / 4
    if (group === 0) {
      if (this.#cells[CELL.hasReturned / 4] !== 0) this.#takeReturned(frame)
      for (const [i, name] of FRAME_WORDS.entries()) this.#writeWord(first + 8 * i, frameWord(frame, name))
      this.#cells[CELL.hasFrameWords / 4] = 1
      return
    }
    const start = first + 8 * FRAME_WORDS.length
    for (const [i, name] of TRANSACTION_WORDS.entries())
      this.#writeWord(start + 8 * i, transactionWord(frame.env, name))
    this.#cells[CELL.hasTransactionWords / 4] = 1
  }

  /** Nothing is filed under what is named here where the state is none of ours. */
  #nameOwners({ host, self }: Frame): void {
    const cells = this.#cells
    const isOurs = host instanceof State
    cells[CELL.storageOwner / 4] = isOurs ? host.storageOwner(self) : NO_OWNER
    cells[CELL.transientOwner / 4] = isOurs ? host.transientOwner(self) : NO_OWNER
  }

  /** The topmost operands onto the frame's own stack, where the row finds them. */
  #popInto(frame: Frame, place: Place, count: number): void {
    let at = place.top / 4 - 8 * count
    for (let i = 0; i < count; i++, at += 8) frame.stack[i] = this.#readWord(at)
    frame.sp = count
    place.top -= count * WORD_BYTES
  }

  /** What the row, or its `resume`, has left on the frame's own stack. */
  #pushAll(frame: Frame, place: Place): void {
    const count = frame.sp
    let at = place.top / 4
    for (let i = 0; i < count; i++, at += 8) this.#writeWord(at, frame.stack[i])
    place.top = at * 4
    frame.sp = 0
  }

  /** The word at an index of 32-bit halves; most are small. */
  #readWord(at: number): bigint {
    const halves = this.#halves
    const limbs = this.#limbs
    const limb = at >> 1
    if ((halves[at + 4] | halves[at + 5] | halves[at + 6] | halves[at + 7]) === 0) {
      if ((halves[at + 1] | halves[at + 2] | halves[at + 3]) === 0) return BigInt(halves[at])
      return limbs[limb] | (limbs[limb + 1] << 64n)
    }
    return limbs[limb] | (limbs[limb + 1] << 64n) | ((limbs[limb + 2] | (limbs[limb + 3] << 64n)) << 128n)
  }

  #writeWord(at: number, word: bigint): void {
    const limbs = this.#limbs
    const limb = at >> 1
    if (word < SMALL) {
      const halves = this.#halves
      halves[at] = Number(word)
      for (let i = at + 1; i < at + 8; i++) halves[i] = 0
      return
    }
    limbs[limb] = word
    limbs[limb + 1] = word >> 64n
    limbs[limb + 2] = word >> 128n
    limbs[limb + 3] = word >> 192n
  }

  /**
   * Copies a program into linear memory unless it is there; null where there is no room. The space
   * is filled anew when no frame is open in it.
   */
  #placeProgram(program: Program, depth: number): Placed | null {
    if (depth === 0 && this.#nextProgram > PROGRAMS + PROGRAMS_KEPT) this.#refill()
    let placed = this.#programs.get(program)
    if (placed && placed.filling === this.#filling) return placed
    const address = this.#nextProgram
    const partBytes = Placed.partBytes(program)
    const end = address + 4 * partBytes
    if (end > PROGRAMS + PROGRAMS_BYTES) return null
    this.#bytes.set(program.bytes, address)
    this.#bytes.fill(0, address + partBytes, end)
    this.#bytes.set(program.jumpDestinations, address + partBytes)
    this.#nextProgram = end
    if (!placed) {
      placed = new Placed(new Translation(this.#set, program, this.#heat, this.#tally))
      this.#programs.set(program, placed)
    }
    placed.address = address
    placed.filling = this.#filling
    this.#placeUnits(program, placed)
    return placed
  }

  #see(): void {
    const { buffer } = this.#memory
    this.#cells = new Int32Array(buffer, 0, ENVIRONMENT / 4)
    this.#bytes = new Uint8Array(buffer)
    this.#halves = new Uint32Array(buffer, 0, ARENA / 4)
    this.#limbs = new BigUint64Array(buffer, 0, ARENA / 8)
    this.#slots.see(buffer)
    // The calldata of open frames lies in the memory that has just been replaced.
    for (const { frame, input, inputSize } of this.#places)
      if (frame) frame.input = this.#bytes.subarray(input, input + inputSize)
  }
}

/** No slot is filed under it. */
const NO_OWNER = -1

/** Below this a word is written as one half. */
const SMALL = 1n << 32n

/** Where the parts of an open frame lie in linear memory. */
class Place {
  isPlain = false
  /** The frame, where its calldata is a view of linear memory. */
  frame: Frame | null = null
  inputSize = 0
  placed!: Placed
  code = 0
  input = 0
  /** Lowest operand, and the end of the topmost. */
  base = 0
  top = 0
}

/** Addresses stay below 2^31. */
function align(address: number): number {
  return (address + WORD_BYTES - 1) & -WORD_BYTES
}

function frameWord(frame: Frame, name: FrameWord): bigint {
  switch (name) {
    case 'self':
    case 'caller':
    case 'value':
      return frame[name]
    case 'inputSize':
      return BigInt(frame.input.length)
    case 'codeSize':
      return BigInt(frame.program.sizeBytes)
    case 'returnDataSize':
      return BigInt(frame.returnData.length)
  }
}

function transactionWord(env: Environment, name: TransactionWord): bigint {
  return name === 'origin' || name === 'gasPrice' || name === 'chainId' ? env[name] : env.block[name]
}
