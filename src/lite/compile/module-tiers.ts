import type { Frame } from '../../core/frame.ts'
import { MEMORY_LIMIT_BYTES } from '../../core/memory.ts'
import type { Program } from '../../core/program.ts'
import type { Table } from '../../core/table.ts'
import type { FrameKeeper } from '../../core/tier.ts'
import type { StepTally } from '../../wasm/step-tally.ts'
import { MEMORY_BYTES } from './places.ts'
import { ModuleTier } from './tier.ts'

/** Instances that are kept though no frame is open in them: each has some megabytes of addresses. */
const KEPT = 32

/**
 * Where memories of open frames end beyond this, further frames are left to the loop over `execute`: so much more is left
 * in a module for the one that is innermost.
 */
const CROWDED_BYTES = MEMORY_BYTES / 2

/** Tiers of compiled modules by program, the one used last at the end. */
export class ModuleTiers {
  readonly #tiers = new Map<Program, ModuleTier>()
  readonly #tally: StepTally
  /** Frames that are open in any of them, the innermost last. */
  readonly #open: Frame[] = []
  #limitBytes = MEMORY_LIMIT_BYTES
  #keeper!: FrameKeeper

  /** `tally` is told what is run. */
  constructor(tally: StepTally) {
    this.#tally = tally
  }

  /** A message of depth 0 begins. */
  begin(_table: Table, keeper: FrameKeeper): void {
    const { memoryBytes } = keeper.limits
    this.#keeper = keeper
    this.#open.length = 0
    if (memoryBytes !== this.#limitBytes) this.#tiers.clear()
    this.#limitBytes = memoryBytes
    for (const tier of this.#tiers.values()) tier.begin()
  }

  /**
   * The tier of a program, `compile` gives its module if it is wanted; null for the loop over `execute`, where memory is
   * crowded or somebody looks at each step.
   */
  of(program: Program, compile: () => WebAssembly.Module): ModuleTier | null {
    const { tracer } = this.#keeper
    if (tracer?.step ?? tracer?.stepEnd) return null
    const innermost = this.#open[this.#open.length - 1]
    if (innermost && innermost.memoryBase + innermost.memorySize > CROWDED_BYTES) return null
    const known = this.#tiers.get(program)
    const tier = known ?? new ModuleTier(compile(), program, this.#limitBytes, this.#tally, this.#open)
    this.#tiers.delete(program)
    this.#tiers.set(program, tier)
    for (const [old, { isOpen }] of this.#tiers) {
      if (this.#tiers.size <= KEPT) break
      if (!isOpen && old !== program) this.#tiers.delete(old)
    }
    return tier
  }
}
