import type { Message } from '../../core/message.ts'
import type { Program } from '../../core/program.ts'
import type { Table } from '../../core/table.ts'
import type { Format, Formats, FrameKeeper } from '../../core/tier.ts'
import type { StepTally } from '../../wasm/step-tally.ts'
import { compileContract, SOURCE_LIMIT_BYTES } from './compile.ts'
import { ModuleTiers } from './module-tiers.ts'

/** Runs all code as modules made of it, but what is too long for one, which the driver's own tier runs. */
export class EveryCodeCompiled implements Formats {
  readonly #tiers: ModuleTiers
  readonly #modules = new WeakMap<Program, WebAssembly.Module>()
  readonly #tally: StepTally
  #table!: Table

  /** `tally` is told what was compiled and run, and of codes that are too long. */
  constructor(tally: StepTally) {
    this.#tally = tally
    this.#tiers = new ModuleTiers(tally)
  }

  begin(table: Table, keeper: FrameKeeper): void {
    this.#table = table
    this.#tiers.begin(table, keeper)
  }

  formatOf(_message: Message, code: Uint8Array): Format | null {
    if (code.length > SOURCE_LIMIT_BYTES) {
      this.#tally.refused++
      return null
    }
    const table = this.#table
    const program = table.program(code)
    return { table, tier: this.#tiers.of(program, () => this.#moduleOf(table, program)) }
  }

  #moduleOf(table: Table, program: Program): WebAssembly.Module {
    const known = this.#modules.get(program)
    if (known) return known
    const { bytes, units } = compileContract(table, program.code)
    this.#tally.units += units
    const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)
    this.#modules.set(program, module)
    return module
  }

  verdict(): null {
    return null
  }
}
