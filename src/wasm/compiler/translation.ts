import { keccak256 } from '../../core/keccak.ts'
import type { Program } from '../../core/program.ts'
import { ENDS, hasFlag, SUSPENDS } from '../../core/row.ts'
import type { InstructionSet } from '../../core/table.ts'
import { bytesToBigint } from '../../core/word.ts'
import { HELPER_NAMES } from '../helpers.ts'
import { FIRST_PAGES } from '../layout.ts'
import type { StepTally } from '../step-tally.ts'
import { type Translated, type TranslationCache, translationsOf } from './cache.ts'
import { compileProgram } from './compile.ts'

/** So many instructions are never run. */
const NEVER = Number.POSITIVE_INFINITY

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
export const COLD: Heat = { stepsBefore: () => NEVER, takesAll: false }

/** All of every program, before it runs. */
export const FORCED: Heat = { stepsBefore: () => 0, takesAll: true }

/**
 * Writing a translation takes the time of some thousand instructions of the interpreter a byte of code, and the host as
 * much again. It may never run after that, so about as much is spent on finding out: twenty runs of a program new to the
 * engine cost up to a fifth more than interpreted alone (bench, group cold).
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

/**
 * It is noted where the interpreter stands once in so many instructions, or more often where few are run before a
 * translation: this many times at least. A prime, so that loops do not keep step with it.
 */
const SAMPLED_EVERY = 4093
const LEAST_SAMPLES = 64

/** A part of a program is hot where it has a sample for every so many bytes: fewer do not earn its translation. */
const BYTES_A_SAMPLE = 64

/** What the tier keeps of a program beside its code: how much of it was interpreted and where, and its translation. */
export class Translation {
  /** Instructions that the interpreter may still run before `renew`. */
  #stepsLeft: number
  /** Instructions from one sample to the next, and until the next one. */
  readonly #sampledEvery: number
  #toSample: number
  /** How often the interpreter was met at each position. */
  #samples: Uint32Array | null = null
  /** Positions at which a unit begins: the first is unit FIRST_UNIT. */
  positions: readonly number[] = []
  readonly #set: InstructionSet
  readonly #program: Program
  readonly #heat: Heat
  #codeHash: bigint | null = null
  #module: WebAssembly.Module | null = null
  #rounds = 0
  /** Of its last translation. */
  #entryCount = 0
  #memory: WebAssembly.Memory | null = null
  #enter!: (unit: number) => number
  readonly #tally: StepTally

  /** `tally` is told what was translated. */
  constructor(set: InstructionSet, program: Program, heat: Heat, tally: StepTally) {
    this.#tally = tally
    this.#set = set
    this.#program = program
    this.#heat = heat
    const steps = heat.stepsBefore(program.sizeBytes)
    this.#stepsLeft = Math.ceil(steps / ASKED_AFTER)
    this.#sampledEvery = Math.min(SAMPLED_EVERY, Math.ceil(steps / LEAST_SAMPLES))
    this.#toSample = this.#sampledEvery
  }

  /** Instructions that the interpreter may run before it is to say where it stands; 0 where `renew` is due. */
  get mostSteps(): number {
    return this.#stepsLeft === NEVER ? NEVER : Math.min(this.#stepsLeft, this.#toSample)
  }

  /** The interpreter has run so many instructions, and stands at a position. */
  interpreted(steps: number, position: number): void {
    this.#stepsLeft -= steps
    this.#toSample -= steps
    if (this.#toSample > 0 || this.#stepsLeft === NEVER) return
    this.#toSample = this.#sampledEvery
    this.#samples ??= new Uint32Array(this.#program.sizeBytes)
    this.#samples[position]++
  }

  get isThere(): boolean {
    return this.#module !== null
  }

  /** Looks for a translation of the same code, later translates. */
  renew(): void {
    const cache = this.#heat.cache ?? translationsOf(this.#set)
    const steps = this.#heat.stepsBefore(this.#program.sizeBytes)
    if (this.#codeHash === null) {
      this.#codeHash = bytesToBigint(keccak256(this.#program.code))
      const known = this.#heat.takesAll ? cache.whole(this.#codeHash) : cache.get(this.#codeHash)
      this.#stepsLeft = steps - Math.ceil(steps / ASKED_AFTER)
      if (known) this.#adopt(known)
      if (known || this.#stepsLeft > 0) return
    }
    this.#rounds++
    this.#stepsLeft = this.#rounds < MOST_ROUNDS ? steps * 4 ** this.#rounds : NEVER
    const { takesAll } = this.#heat
    const entries = entriesOf(this.#set, this.#program)
    // They ascend.
    const wanted = entries.filter((at, i) => takesAll || at === 0 || this.#isHot(at, entries[i + 1]))
    // What is hot stays so: as many as last time are the same.
    if (wanted.length === this.#entryCount) return
    this.#entryCount = wanted.length
    const isWhole = wanted.length === entries.length
    const known = isWhole ? cache.whole(this.#codeHash) : undefined
    if (known) {
      this.#adopt(known)
      return
    }
    const translated = { ...translate(this.#set, this.#program, wanted), isWhole }
    cache.set(this.#codeHash, translated)
    this.#tally.units += translated.positions.length
    if (!translated.module) this.#tally.refused++
    this.#adopt(translated)
  }

  /** Whether from an entry up to the next, if there is one, the program is hot. */
  #isHot(entry: number, next?: number): boolean {
    const part = this.#samples?.subarray(entry, next)
    return part !== undefined && part.reduce((sum, count) => sum + count, 0) * BYTES_A_SAMPLE > part.length
  }

  #adopt({ module, positions, isWhole }: Translated): void {
    if (!module || isWhole) this.#stepsLeft = NEVER
    this.#module = module
    this.positions = positions
    this.#memory = null
  }

  /** Goes on in a unit, in a memory. `helpers`: what the interpreter of that memory exports. */
  enter(unit: number, memory: WebAssembly.Memory, helpers: Readonly<Record<string, unknown>>): number {
    if (memory !== this.#memory) {
      const { exports } = new WebAssembly.Instance(this.#module!, { env: { memory } })
      this.#enter = exports.enter as (unit: number) => number
      const table = exports.table as WebAssembly.Table
      for (const [i, name] of HELPER_NAMES.entries()) table.set(i, helpers[name])
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
export function entriesOf(
  set: Pick<InstructionSet, 'opcodes'>,
  { bytes, sizeBytes, jumpDestinations }: Program,
): number[] {
  const entries = [0]
  for (let at = 0; at < sizeBytes; ) {
    const { row, size } = set.opcodes[bytes[at]]
    if (at > 0 && jumpDestinations[at]) entries.push(at)
    at += size
    if (hasFlag(row, SUSPENDS) && !hasFlag(row, ENDS) && at < sizeBytes) entries.push(at)
  }
  return [...new Set(entries)]
}
