import { readModule } from './decode.ts'
import { SIZE_GAS } from './instructions.ts'
import { METER_EXPORTS, meterModule, TRAP } from './meter.ts'
import { type LiteModule, PAGE_BYTES } from './module.ts'

/** A value as a module takes and gives it: an i32 signed, an i64 signed. */
export type Value = number | bigint

/** What a module imports, by name: a function of the host, which may throw to end the run. */
export type Imports = Readonly<Record<string, (...args: Value[]) => Value | undefined>>

/** What a run may use up. */
export interface Allowance {
  /** At most 2^63−1. */
  readonly gas: bigint
  /** Of FRAME_ROOM. */
  readonly room: number
  /** Pages by which memory may grow. */
  readonly pages: number
}

/** A module that was started: its memory, what it has left, and its functions. */
export interface Instance {
  gas: bigint
  readonly room: number
  readonly pages: number
  /** Its memory as it is now; another view once it has grown. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Runs a function of its exports. Gives its result, or the number of a trap (see TRAP). Throws what an import throws. */
  call(
    name: string,
    args: readonly Value[],
  ): { readonly result: Value | undefined } | { readonly trap: number }
}

/** A module that is ready to be started, any number of times. */
export interface Prepared {
  readonly module: LiteModule
  /** Charged when it is started, before anything is allocated. */
  readonly startGas: number
  /** How the start ends where a segment does not fit; null where all do. */
  readonly startTrap: number | null
  start(imports: Imports, allowance: Allowance): Instance
}

/** Validates, meters and compiles. Throws `Refusal`. */
export function prepareModule(bytes: Uint8Array): Prepared {
  const module = readModule(bytes)
  let compiled: WebAssembly.Module | null = null
  return {
    ...{ module, startGas: startGas(module), startTrap: startTrap(module) },
    start(imports, allowance) {
      compiled ??= new WebAssembly.Module(meterModule(module))
      return new HostInstance(compiled, module, imports, allowance)
    },
  }
}

/** Gas of starting a module: its memory, and what its segments put in place. */
export function startGas({ memory, data, elements }: LiteModule): number {
  let gas = SIZE_GAS.start + SIZE_GAS.page * (memory?.least ?? 0)
  for (const { offset, size } of data) if (offset !== null) gas += SIZE_GAS.word * Math.ceil(size / 32)
  for (const { offset, size } of elements) if (offset !== null) gas += SIZE_GAS.entry * size
  return gas
}

export function startTrap({ memory, table, data, elements }: LiteModule): number | null {
  const overruns = (room: number) => (segment: { offset: number | null; size: number }) =>
    segment.offset !== null && segment.offset + segment.size > room
  if (elements.some(overruns(table?.least ?? 0))) return TRAP.indirectCall
  return data.some(overruns((memory?.least ?? 0) * PAGE_BYTES)) ? TRAP.memory : null
}

const NO_BYTES = new Uint8Array(0)

/** Runs on the host's own engine. */
class HostInstance implements Instance {
  readonly #exports: Readonly<Record<string, unknown>>
  readonly #gas: WebAssembly.Global<'i64'>
  readonly #room: WebAssembly.Global<'i32'>
  readonly #trap: WebAssembly.Global<'i32'>
  readonly #pages: WebAssembly.Global<'i32'>
  readonly #memory: WebAssembly.Memory | null
  readonly #allowed: number
  #bytes: Uint8Array<ArrayBuffer> = NO_BYTES

  constructor(compiled: WebAssembly.Module, module: LiteModule, imports: Imports, allowance: Allowance) {
    const { exports } = new WebAssembly.Instance(compiled, { zvm: imports })
    this.#exports = exports
    this.#gas = exports[METER_EXPORTS.gas] as WebAssembly.Global<'i64'>
    this.#room = exports[METER_EXPORTS.room] as WebAssembly.Global<'i32'>
    this.#trap = exports[METER_EXPORTS.trap] as WebAssembly.Global<'i32'>
    this.#pages = exports[METER_EXPORTS.pages] as WebAssembly.Global<'i32'>
    const memory = module.exports.find(({ kind }) => kind === 'memory')
    this.#memory = memory ? (exports[memory.name] as WebAssembly.Memory) : null
    this.#gas.value = allowance.gas
    this.#allowed = allowance.room
    this.#pages.value = allowance.pages
  }

  get gas(): bigint {
    return this.#gas.value
  }

  set gas(gas: bigint) {
    this.#gas.value = gas
  }

  get room(): number {
    return this.#room.value
  }

  get pages(): number {
    return this.#pages.value
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#memory && (this.#bytes.length === 0 || this.#bytes.buffer !== this.#memory.buffer))
      this.#bytes = new Uint8Array(this.#memory.buffer as ArrayBuffer)
    return this.#bytes
  }

  call(name: string, args: readonly Value[]): { result: Value | undefined } | { trap: number } {
    // What an earlier call that trapped has left.
    this.#trap.value = TRAP.memory
    this.#room.value = this.#allowed
    try {
      return { result: (this.#exports[name] as (...args: readonly Value[]) => Value | undefined)(...args) }
    } catch (error) {
      // What a host says when it traps is its own; what was noted before is ours.
      if (error instanceof WebAssembly.RuntimeError) return { trap: this.#trap.value }
      throw error
    }
  }
}
