import type { Program } from '../core/program.ts'
import type { InstructionSet } from '../core/table.ts'
import { FIRST_UNIT } from './compiler/compile.ts'
import { type Heat, Translation } from './compiler/translation.ts'
import * as LANDING from './landing.ts'
import { align, PROGRAMS, PROGRAMS_BYTES } from './layout.ts'
import type { LinearViews } from './linear-views.ts'
import type { StepTally } from './step-tally.ts'

/** Bytes of programs that are kept from one message to the next. */
const PROGRAMS_KEPT = 1 << 23

/** A program in linear memory: its code, a byte and 16 bits a position (see the layout), and its translation. */
export class PlacedProgram {
  readonly program: Program
  readonly translation: Translation
  /** Addresses of its parts, valid in the filling of the space that it belongs to. */
  code = 0
  landings = 0
  units = 0
  end = 0
  filling = 0

  constructor(program: Program, translation: Translation) {
    this.program = program
    this.translation = translation
  }

  /** Lies from this address on. */
  moveTo(code: number, filling: number): void {
    const partBytes = align(this.program.bytes.length)
    this.code = code
    this.landings = code + partBytes
    this.units = this.landings + partBytes
    this.end = this.units + 2 * partBytes
    this.filling = filling
  }
}

/** The programs that lie in a tier's linear memory. The space is filled anew when no frame is open in it. */
export class ProgramSpace {
  readonly #set: InstructionSet
  readonly #heat: Heat
  readonly #tally: StepTally
  readonly #views: LinearViews
  readonly #programs = new WeakMap<Program, PlacedProgram>()
  #filling = 0
  #next = PROGRAMS

  /** `heat` tells when programs are translated. */
  constructor(set: InstructionSet, heat: Heat, tally: StepTally, views: LinearViews) {
    this.#set = set
    this.#heat = heat
    this.#tally = tally
    this.#views = views
  }

  /** Forgets where programs lie. Only while no frame is open. */
  clear(): void {
    this.#next = PROGRAMS
    this.#filling++
  }

  /** As `clear`, if much has come together. */
  trim(): void {
    if (this.#next > PROGRAMS + PROGRAMS_KEPT) this.clear()
  }

  /** Copies a program into linear memory unless it is there; null where there is no room. */
  place(program: Program): PlacedProgram | null {
    const known = this.#programs.get(program)
    if (known && known.filling === this.#filling) return known
    const placed =
      known ?? new PlacedProgram(program, new Translation(this.#set, program, this.#heat, this.#tally))
    placed.moveTo(this.#next, this.#filling)
    if (placed.end > PROGRAMS + PROGRAMS_BYTES) {
      placed.filling = -1
      return null
    }
    this.#views.bytes.set(program.bytes, placed.code)
    this.#next = placed.end
    this.#programs.set(program, placed)
    this.#placeUnits(placed)
    return placed
  }

  /** The unit that begins at a position, 0 if there is none. */
  unitAt({ units }: PlacedProgram, position: number): number {
    const { bytes } = this.#views
    const at = units + 2 * position
    return bytes[at] | (bytes[at + 1] << 8)
  }

  /** Translates a program, or takes the translation that there is of its code. */
  translate(placed: PlacedProgram): void {
    placed.translation.renew()
    this.#placeUnits(placed)
  }

  /** Tells interpreter and units where jumps may land and units begin. */
  #placeUnits({ program, translation, landings, units, end }: PlacedProgram): void {
    const { bytes } = this.#views
    bytes.fill(0, landings, end)
    bytes.set(program.jumpDestinations, landings)
    for (const [i, position] of translation.positions.entries()) {
      bytes[landings + position] |= LANDING.compiled
      bytes[units + 2 * position] = FIRST_UNIT + i
      bytes[units + 2 * position + 1] = (FIRST_UNIT + i) >> 8
    }
  }
}
