import type { Frame } from '../core/frame.ts'
import { readLimbs, writeLimbs } from '../core/limbs.ts'
import type { FrameWord } from '../core/lower.ts'
import { type CallKind, type Context, GAS_UNIT } from '../core/message.ts'
import * as CELL from './cells.ts'
import type { Callee } from './known-accounts.ts'
import {
  align,
  FRAME_CELLS,
  FRAME_WORDS,
  REGISTER_COUNT,
  REGISTERS,
  STACK_BYTES,
  STACKS,
  STACKS_BYTES,
  WORD_BYTES,
  wordsAt,
} from './layout.ts'
import type { LinearViews } from './linear-views.ts'
import type { PlacedProgram } from './program-space.ts'

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
  /** What its words in linear memory hold, by their index in FRAME_WORDS. */
  readonly words: bigint[] = FRAME_WORDS.map(() => UNFILLED)
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
    const known = this.#places[depth]
    if (known) return known
    const place = new Place<P>(depth)
    this.#places[depth] = place
    return place
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
    const base = align(below + inputSize + WORD_BYTES)
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
    // Zeros for what is read past the end of calldata.
    this.#views.bytes.fill(0, below + inputSize, base)
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

  /** Puts the words of a frame in place; those that are there already are not written again. */
  fillWords(place: Place<P>, returnDataSize: number): void {
    const views = this.#views
    const at = wordsAt(place.depth) >> 3
    for (let i = 0; i < FRAME_WORDS.length; i++) {
      const word = frameWord(place, FRAME_WORDS[i], returnDataSize)
      if (typeof word === 'number') views.writeSmall(2 * at + 8 * i, word)
      else if (place.words[i] !== word) {
        place.words[i] = word
        writeLimbs(views, at + 4 * i, word)
      }
    }
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

  /** Puts the registers of a frame in place; those that were never set are zero. */
  fillRegisters({ depth }: Place<P>, registers: readonly bigint[]): void {
    const at = (wordsAt(depth) + REGISTERS) >> 3
    for (let i = 0; i < REGISTER_COUNT; i++) writeLimbs(this.#views, at + 4 * i, registers[i] ?? 0n)
  }
}

function frameWord(place: Place<Placed>, name: FrameWord, returnDataSize: number): bigint | number {
  switch (name) {
    case 'self':
    case 'caller':
    case 'value':
      return place[name]
    case 'inputSize':
      return place.cells[CELL.inputSize >> 2]
    case 'codeSize':
      return place.placed.program.sizeBytes
    case 'returnDataSize':
      return returnDataSize
  }
}
