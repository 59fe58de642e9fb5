import { keccak256 } from '../../core/keccak.ts'
import type { Program } from '../../core/program.ts'
import { ENDS, SUSPENDS } from '../../core/row.ts'
import type { InstructionSet } from '../../core/table.ts'
import { bytesToBigint } from '../../core/word.ts'
import { FIRST_PAGES } from '../layout.ts'
import type { StepTally } from '../step-tally.ts'
import { type Translated, type TranslationCache, translationsOf } from './cache.ts'
import { compileProgram } from './compile.ts'

/** When programs are translated. */
export interface Heat {
  /** Instructions of a program of so many bytes that the interpreter runs before it is translated. */
  stepsBefore(sizeBytes: number): number
  /** Whether all of a program is translated, and not only where the interpreter has been. */
  readonly takesAll: boolean
  /** Where translations are kept, if not where all of the instruction set are. */
  readonly cache?: TranslationCache
}

/** Nothing is ever translated. */
export const COLD: Heat = { stepsBefore: () => Number.POSITIVE_INFINITY, takesAll: false }

/** All of every program, before it runs. */
export const FORCED: Heat = { stepsBefore: () => 0, takesAll: true }

/**
 * Writing a translation takes the time of some thousand instructions of the interpreter a byte of code, and the host as
 * much again. It may never run after that, so about as much is spent on finding out. Large programs whose first runs
 * use most of their code cost up to half more over twenty runs than interpreted alone (bench, group cold).
 */
const STEPS_A_BYTE = 4000
const LEAST_STEPS = 3_000_000

/** What has run for several times as long as its translation takes. */
export const WARMED: Heat = {
  stepsBefore: (sizeBytes) => LEAST_STEPS + STEPS_A_BYTE * sizeBytes,
  takesAll: false,
}

/** Translations of a program follow each other as more of it turns out to be used; this many at most. */
const MOST_ROUNDS = 4

/** After one in so many of the instructions before a translation it is asked whether there is one of the same code. */
const ASKED_AFTER = 8

/** What the tier keeps of a program beside its code: how much of it was interpreted, and its translation. */
export class Translation {
  /** Instructions that the interpreter may still run before `renew`. */
  stepsLeft: number
  /** Positions at which a unit begins: the first is unit 1. */
  positions: readonly number[] = []
  readonly #set: InstructionSet
  readonly #program: Program
  readonly #heat: Heat
  #codeHash: bigint | null = null
  #module: WebAssembly.Module | null = null
  #rounds = 0
  #memory: WebAssembly.Memory | null = null
  #enter!: (unit: number) => number
  readonly #tally: StepTally

  /** `tally` is told what was translated. */
  constructor(set: InstructionSet, program: Program, heat: Heat, tally: StepTally) {
    this.#tally = tally
    this.#set = set
    this.#program = program
    this.#heat = heat
    this.stepsLeft = Math.ceil(heat.stepsBefore(program.sizeBytes) / ASKED_AFTER)
  }

  get isThere(): boolean {
    return this.#module !== null
  }

  /** Looks for a translation of the same code, later translates; `visited` tells where the interpreter has been. */
  renew(visited: (position: number) => boolean): void {
    const cache = this.#heat.cache ?? translationsOf(this.#set)
    const steps = this.#heat.stepsBefore(this.#program.sizeBytes)
    if (this.#codeHash === null) {
      this.#codeHash = bytesToBigint(keccak256(this.#program.code))
      const known = cache.get(this.#codeHash)
      this.stepsLeft = steps - Math.ceil(steps / ASKED_AFTER)
      const isEnough = known !== undefined && (known.isWhole || !this.#heat.takesAll)
      if (isEnough) this.#adopt(known)
      if (isEnough || this.stepsLeft > 0) return
    }
    this.#rounds++
    this.stepsLeft = this.#rounds < MOST_ROUNDS ? steps * 4 ** this.#rounds : Number.POSITIVE_INFINITY
    const wanted = entriesOf(this.#set, this.#program).filter(
      (position) => position === 0 || this.#heat.takesAll || visited(position),
    )
    const isWhole = this.#heat.takesAll
    const translated = { ...translate(this.#set, this.#program, wanted), isWhole }
    cache.set(this.#codeHash, translated)
    this.#tally.units += translated.positions.length
    if (!translated.module) this.#tally.refused++
    this.#adopt(translated)
  }

  #adopt({ module, positions }: Translated): void {
    if (!module || this.#heat.takesAll) this.stepsLeft = Number.POSITIVE_INFINITY
    this.#module = module
    this.positions = positions
    this.#memory = null
  }

  /** Goes on in a unit, in a memory. */
  enter(unit: number, memory: WebAssembly.Memory, env: Readonly<Record<string, unknown>>): number {
    if (memory !== this.#memory) {
      const { exports } = new WebAssembly.Instance(this.#module!, { env: { ...env, memory } })
      this.#enter = exports.enter as (unit: number) => number
      this.#memory = memory
    }
    return this.#enter(unit)
  }
}

function translate(
  set: InstructionSet,
  program: Program,
  entries: readonly number[],
): Omit<Translated, 'isWhole'> {
  const compiled = compileProgram(set, program, entries, FIRST_PAGES)
  if (!compiled) return { module: null, positions: [], sizeBytes: 0 }
  const { bytes, positions } = compiled
  return {
    module: new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>),
    positions,
    sizeBytes: bytes.length,
  }
}

/** Where execution may come to other than from the instruction before: the start, landings, and after messages. */
function entriesOf(set: InstructionSet, { bytes, sizeBytes, jumpDestinations }: Program): number[] {
  const entries = [0]
  for (let at = 0; at < sizeBytes; ) {
    const { row, size } = set.opcodes[bytes[at]]
    if (at > 0 && jumpDestinations[at]) entries.push(at)
    at += size
    if ((row.flags ?? 0) & SUSPENDS && !((row.flags ?? 0) & ENDS) && at < sizeBytes) entries.push(at)
  }
  return [...new Set(entries)]
}
