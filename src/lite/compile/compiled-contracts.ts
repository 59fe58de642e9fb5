import type { Program } from '../../core/program.ts'
import type { Table } from '../../core/table.ts'
import type { Format, FrameKeeper } from '../../core/tier.ts'
import { StepTally } from '../../wasm/step-tally.ts'
import { Refusal } from '../fault.ts'
import type { CompiledFormats } from '../formats.ts'
import { MODULE_LIMIT_BYTES } from '../module.ts'
import { compileContract, leastModuleBytes, SOURCE_LIMIT_BYTES } from './compile.ts'
import { ModuleTiers } from './module-tiers.ts'
import { readSource, saysCompiled } from './source.ts'

/** A table by the name that a module gives; null where there is none. */
export type TableByName = (name: string) => Table | null

/** The source of a compiled module. */
export interface CompiledSource {
  readonly table: Table
  readonly code: Uint8Array
}

/**
 * What a module was compiled from. Such a module charges for itself, so it is taken only if it is, byte for byte, what is
 * made of that again. Throws `Refusal` where it is not.
 */
export function checkCompiled(module: Uint8Array, tableByName: TableByName): CompiledSource {
  const refuse = (what: string, offset = module.length): never => {
    throw new Refusal('compiled', 'module', offset, what)
  }
  if (module.length > MODULE_LIMIT_BYTES) refuse(`${module.length} bytes; at most ${MODULE_LIMIT_BYTES}`)
  const { table: name, code } = readSource(module)
  if (code.length > SOURCE_LIMIT_BYTES) refuse(`made of ${code.length} bytes; at most ${SOURCE_LIMIT_BYTES}`)
  const table = tableByName(name) ?? refuse(`no table is called ${JSON.stringify(name.slice(0, 40))} here`)
  const different = `not what is made of its code by table ${name}`
  // So the work of compiling is paid for by the deposit of more than the claim.
  const least = leastModuleBytes(table, code)
  if (module.length < least) refuse(`${different}, which has ${least} bytes at the least`)
  const { bytes } = compileContract(table, code)
  const other = bytes.findIndex((byte, i) => byte !== module[i])
  if (other >= 0 || bytes.length !== module.length) refuse(different, other >= 0 ? other : bytes.length)
  return { table, code }
}

interface Known extends CompiledSource {
  readonly program: Program
  compiled: WebAssembly.Module | null
}

/** Compiled modules beside other code; null for those that are refused. */
export class CompiledContracts implements CompiledFormats {
  readonly #tableByName: TableByName
  readonly #tiers = new ModuleTiers(new StepTally())
  /** By the driver's table, which its name means. */
  readonly #knownBy = new WeakMap<Table, WeakMap<Uint8Array, Known | null>>()
  #known = new WeakMap<Uint8Array, Known | null>()
  #own: Table | null = null

  /** `tableByName` knows tables beside that of the driver, which goes by its own name. */
  constructor(tableByName: TableByName = () => null) {
    this.#tableByName = tableByName
  }

  begin(table: Table, keeper: FrameKeeper): void {
    if (table !== this.#own) this.#known = this.#knownBy.get(table) ?? new WeakMap()
    this.#knownBy.set(table, this.#known)
    this.#own = table
    this.#tiers.begin(table, keeper)
  }

  formatOf(module: Uint8Array): Format | null {
    const known = this.#lookUp(module)
    if (!known) return null
    const { table, code, program } = known
    const tier = this.#tiers.of(program, () => {
      known.compiled ??= new WebAssembly.Module(module as Uint8Array<ArrayBuffer>)
      return known.compiled
    })
    return { table, tier, code }
  }

  isCompiled(module: Uint8Array): boolean {
    return this.#lookUp(module) !== null
  }

  #lookUp(module: Uint8Array): Known | null {
    const known = this.#known.get(module)
    if (known !== undefined) return known
    const found = this.#check(module)
    this.#known.set(module, found)
    return found
  }

  #check(module: Uint8Array): Known | null {
    if (!saysCompiled(module)) return null
    try {
      const { table, code } = checkCompiled(module, (name) => this.#tableOf(name))
      return { table, code, program: table.program(code), compiled: null }
    } catch (error) {
      if (error instanceof Refusal) return null
      throw error
    }
  }

  #tableOf(name: string): Table | null {
    return this.#own?.name === name ? this.#own : this.#tableByName(name)
  }
}
