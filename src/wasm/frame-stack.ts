import type { Frame } from '../core/frame.ts'
import { checkedHalt, Halt } from '../core/halt.ts'
import type { Environment } from '../core/host.ts'
import { checkReach } from '../core/interpreter.ts'
import { readLimbs, writeLimbs } from '../core/limbs.ts'
import type { TransactionWord } from '../core/lower.ts'
import { type CallKind, type Context, GAS_UNIT } from '../core/message.ts'
import { hasFlag, READS_STEPS } from '../core/row.ts'
import * as CELL from './cells.ts'
import type { Callee } from './known-accounts.ts'
import {
  align,
  BLOB_HASH_COUNT,
  BLOB_HASHES,
  FRAME_CELLS,
  REGISTER_COUNT,
  REGISTERS,
  RETURN_DATA_SIZE,
  RETURNED,
  RETURNED_BYTES,
  STACK_BYTES,
  STACKS,
  STACKS_BYTES,
  TRANSACTION,
  TRANSACTION_WORDS,
  UNCHECKED,
  WORD_BYTES,
  wordsAt,
} from './layout.ts'
import type { LinearViews } from './linear-views.ts'
import type { PlacedProgram } from './program-space.ts'
import * as RETURNED_IS from './returned-is.ts'

/** A word of linear memory that a frame's words cannot hold. */
const UNFILLED = -1n

/** Where a program lies in linear memory: addresses of its parts. */
export type Placed = Pick<PlacedProgram, 'program' | 'code' | 'landings' | 'units'>

/** What a tier keeps of an open frame, whether the driver knows of it or not. */
export class Place<P extends Placed = PlacedProgram> implements Context {
  readonly depth: number
  /** The cells of the frame while another one runs. */
  readonly cells = new Int32Array(FRAME_CELLS)
  /** Runs on the loop over `execute`: its code or calldata has found no room. */
  isPlain = false
  /** The frame, where its calldata is a view of linear memory. */
  viewer: Frame | null = null
  placed!: P
  self = 0n
  caller = 0n
  value = 0n
  isStatic = false
  /** What the first of its words in linear memory hold, by their index in FRAME_WORDS: self, caller, value. */
  readonly words: bigint[] = [UNFILLED, UNFILLED, UNFILLED]
  /** Accounts that were known when it was opened. */
  learned = 0

  // Of a frame that the driver does not know of: the message that it was opened for.
  kind!: CallKind
  callee!: Callee
  /** Where the sender wants the output, in bytes of linear memory. */
  output = 0
  outputSize = 0
  checkpoint = 0
  /** Position of the instruction that sent the message, in the code of the sender. */
  sentFrom = 0

  constructor(depth: number) {
    this.depth = depth
  }
}

/** Where the frames lie in linear memory, one on the other, by depth; and the cells of the one that runs. */
export class FrameStack<P extends Placed = PlacedProgram> {
  readonly #views: LinearViews
  readonly #places: Place<P>[] = []

  constructor(views: LinearViews) {
    this.#views = views
  }

  at(depth: number): Place<P> {
    this.#places[depth] ??= new Place<P>(depth)
    return this.#places[depth]
  }

  /** Linear memory is another one, all zeros. No frame is open. */
  clear(): void {
    this.#places.length = 0
  }

  /** The calldata of a frame that the driver knows of is what lies at an address. */
  view(frame: Frame, input: number): void {
    const place = this.at(frame.depth)
    place.cells[CELL.input >> 2] = input
    place.cells[CELL.inputSize >> 2] = frame.input.length
    place.viewer = frame
    this.#look(place)
  }

  #look({ viewer, cells }: Place<P>): void {
    const input = cells[CELL.input >> 2]
    if (viewer) viewer.input = this.#views.bytes.subarray(input, input + cells[CELL.inputSize >> 2])
  }

  /** Linear memory has grown: calldata of open frames lies in the old one. */
  see(): void {
    // Where a tier has not all frames, there are holes.
    for (const place of this.#places) if (place) this.#look(place)
  }

  /**
   * Lays out a frame above what lies below `below`: room for its calldata, then its operands. False where there is none.
   */
  lay(place: Place<P>, placed: P | null, below: number, inputSize: number): boolean {
    const { cells } = place
    const base = align(below + inputSize)
    const fits = placed !== null && base + STACK_BYTES <= STACKS + STACKS_BYTES
    place.isPlain = !fits
    place.viewer = null
    cells[CELL.sp >> 2] = fits ? base : below
    if (!fits) return false
    place.placed = placed
    cells[CELL.pc >> 2] = placed.code
    cells[CELL.memorySize >> 2] = 0
    cells[CELL.codeBase >> 2] = placed.code
    cells[CELL.codeSize >> 2] = placed.program.sizeBytes
    cells[CELL.landings >> 2] = placed.landings
    cells[CELL.units >> 2] = placed.units
    cells[CELL.stackBase >> 2] = base
    cells[CELL.input >> 2] = below
    cells[CELL.inputSize >> 2] = inputSize
    cells[CELL.storageOwner >> 2] = 0
    cells[CELL.transientOwner >> 2] = 0
    cells[CELL.words >> 2] = wordsAt(place.depth)
    cells[CELL.hasWords >> 2] = 0
    cells[CELL.hasRegisters >> 2] = 0
    return true
  }

  /** The cells of the frame that has run so far are kept for it; those of the one that runs now come in. */
  save({ cells }: Place<P>): void {
    const from = this.#views.cells
    for (let i = 0; i < FRAME_CELLS; i++) cells[i] = from[i]
  }

  restore({ cells }: Place<P>): void {
    const to = this.#views.cells
    for (let i = 0; i < FRAME_CELLS; i++) to[i] = cells[i]
  }

  /** A frame runs from here on, and may begin so many instructions. */
  enter(frame: Frame, place: Place<P>, budget: number): void {
    this.restore(place)
    const { cells } = this.#views
    cells[CELL.budget >> 2] = budget
    // A double holds both halves exactly.
    const stepsAtEnd = frame.stepsBefore + budget
    cells[CELL.stepsAtEnd >> 2] = stepsAtEnd
    cells[(CELL.stepsAtEnd + 4) >> 2] = Math.floor(stepsAtEnd / 2 ** 32)
    this.#showReturned(frame)
    this.#pushAll(frame)
  }

  /** What the driver reads is left in a frame that ran until now: its opcode and output, once its cells are read. */
  leave(frame: Frame, place: Place<P>, halt: Halt): void {
    this.save(place)
    const { cells, bytes } = this.#views
    // The instruction that halted: where the loop stands, unless a row was executed here, which has said it.
    // How high the stack was then is told with some errors; it is not used again.
    if (halt !== Halt.None && halt !== Halt.Suspend) {
      frame.opcode = frame.opcodes[frame.program.bytes[frame.pc]]
      frame.sp = this.#height()
    }
    const size = cells[CELL.outputSize >> 2]
    const at = cells[CELL.output >> 2]
    if (size > 0) frame.output = bytes.slice(at, at + size)
  }

  /**
   * Puts the words of a frame in place, as FRAME_WORDS has them, but for those that are: the size of return data, and
   * a large one that was written before.
   */
  fillWords({ self, caller, value, cells, placed, depth, words }: Place<P>): void {
    const views = this.#views
    const at = wordsAt(depth) >> 3
    const large = [self, caller, value]
    for (let i = 0; i < large.length; i++) {
      if (words[i] === large[i]) continue
      words[i] = large[i]
      writeLimbs(views, at + 4 * i, large[i])
    }
    const sizes = [cells[CELL.inputSize >> 2], placed.program.sizeBytes]
    for (let i = 0; i < sizes.length; i++) views.writeSmall(2 * at + 8 * (large.length + i), sizes[i])
  }

  /** The frame's gas, place and memory size into the cells. */
  writeCells(frame: Frame, { placed }: Place<P>): void {
    const { cells, limbs } = this.#views
    const { gasHigh } = frame
    if (gasHigh < 2 ** 22) {
      const gas = gasHigh * GAS_UNIT + frame.gasLow
      cells[CELL.gas >> 2] = gas | 0
      cells[(CELL.gas + 4) >> 2] = Math.floor(gas / 2 ** 32)
    } else limbs[CELL.gas >> 3] = frame.gas
    cells[CELL.pc >> 2] = placed.code + frame.pc
    cells[CELL.memorySize >> 2] = frame.memorySize
  }

  /** The same out of cells, which may be those of a frame that does not run, and its registers. */
  readCells(cells: Int32Array, frame: Frame, { placed, depth }: Place<P>): void {
    const low = cells[CELL.gas >> 2] >>> 0
    const high = cells[(CELL.gas + 4) >> 2] >>> 0
    if (high < 2 ** 20) {
      frame.gasLow = low & (GAS_UNIT - 1)
      frame.gasHigh = (high * 2 ** 32 + low - frame.gasLow) / GAS_UNIT
    } else frame.gas = (BigInt(high) << 32n) | BigInt(low)
    frame.pc = cells[CELL.pc >> 2] - placed.code
    frame.memorySize = cells[CELL.memorySize >> 2]
    if (cells[CELL.hasRegisters >> 2] === 0) return
    const at = (wordsAt(depth) + REGISTERS) >> 3
    for (let i = 0; i < REGISTER_COUNT; i++) frame.registers[i] = readLimbs(this.#views, at + 4 * i)
    // A row may set them where the frame has them.
    cells[CELL.hasRegisters >> 2] = 0
  }

  /** Operands of the frame that runs. */
  #height(): number {
    const { cells } = this.#views
    return (cells[CELL.sp >> 2] - cells[CELL.stackBase >> 2]) / WORD_BYTES
  }

  /** What a row, or its `resume`, has left on the frame's own stack. */
  #pushAll(frame: Frame): void {
    const { cells } = this.#views
    const count = frame.sp
    const bottom = cells[CELL.sp >> 2]
    for (let i = 0; i < count; i++) writeLimbs(this.#views, (bottom >> 3) + 4 * i, frame.stack[i])
    cells[CELL.sp >> 2] = bottom + count * WORD_BYTES
    frame.sp = 0
  }

  /** Return data of the frame that runs that the generated code has not seen. */
  #showReturned({ returnData }: Frame): void {
    const fits = returnData.length <= RETURNED_BYTES
    if (fits && returnData.length > 0) this.#views.bytes.set(returnData, RETURNED)
    this.setReturned(fits ? RETURNED_IS.copied : RETURNED_IS.elsewhere, returnData.length)
  }

  /** Where the return data of the frame that runs is, and its size. It has no output. */
  setReturned(where: number, size: number): void {
    const { cells, halves } = this.#views
    cells[CELL.returned >> 2] = where
    cells[CELL.returnedSize >> 2] = size
    halves[(cells[CELL.words >> 2] + RETURN_DATA_SIZE) >> 2] = size
    cells[CELL.outputSize >> 2] = 0
  }

  /** Executes a row of the frame that runs: at this byte, checked and its static gas charged unless it is UNCHECKED. */
  execute(frame: Frame, wanted: number): Halt {
    const opcode = frame.opcodes[wanted & 0xff]
    frame.opcode = opcode
    const { cells, limbs } = this.#views
    const code = frame.program.bytes
    const at = frame.pc
    if (wanted & UNCHECKED) {
      const refused = checkReach(opcode, code, at, this.#height())
      if (refused !== Halt.None) return refused
      if (!frame.charge(opcode.gas)) return Halt.OutOfGas
    }
    this.#popInto(frame, opcode.reachAt(code, at).pops)
    if (hasFlag(opcode.row, READS_STEPS))
      frame.steps = Number(limbs[CELL.stepsAtEnd >> 3]) - cells[CELL.budget >> 2]
    frame.pc += opcode.size
    const { returnData } = frame
    const halt = checkedHalt(opcode.execute(frame), opcode.row.name)
    if (frame.returnData !== returnData) this.#showReturned(frame)
    if (halt === Halt.None) this.#pushAll(frame)
    else if (halt !== Halt.Suspend) frame.pc = at
    return halt
  }

  /** The topmost operands of the frame that runs onto its own stack, where a row finds them. */
  #popInto(frame: Frame, count: number): void {
    const { cells } = this.#views
    const bottom = cells[CELL.sp >> 2] - count * WORD_BYTES
    for (let i = 0; i < count; i++) frame.stack[i] = readLimbs(this.#views, (bottom >> 3) + 4 * i)
    frame.sp = count
    cells[CELL.sp >> 2] = bottom
  }

  /** Puts the words of the transaction in place. */
  fillTransaction(env: Environment): void {
    const views = this.#views
    const own: Partial<Record<TransactionWord, bigint>> = env
    const ofBlock: typeof own = env.block
    for (const [i, name] of TRANSACTION_WORDS.entries())
      writeLimbs(views, TRANSACTION / 8 + 4 * i, own[name] ?? ofBlock[name]!)
    for (let i = 0; i < BLOB_HASH_COUNT; i++)
      writeLimbs(views, BLOB_HASHES / 8 + 4 * i, env.blobHashes[i] ?? 0n)
    views.cells[CELL.hasTransactionWords >> 2] = 1
  }

  /** Puts the registers of a frame in place; those that were never set are zero. */
  fillRegisters({ depth }: Place<P>, registers: readonly bigint[]): void {
    const at = (wordsAt(depth) + REGISTERS) >> 3
    for (let i = 0; i < REGISTER_COUNT; i++) writeLimbs(this.#views, at + 4 * i, registers[i] ?? 0n)
  }
}
