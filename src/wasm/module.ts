import { ByteWriter } from './bytes.ts'
import { TYPE_CODES, type ValueType } from './expr.ts'
import { FunctionBuilder } from './function.ts'

/** What a function takes and gives. */
export interface Signature {
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
}

/** A function that can be called: imported or our own. Its index is final once all imports are declared. */
export interface Callable extends Signature {
  readonly index: number
}

const FUNCTION_KIND = 0
const MEMORY_KIND = 2
const FUNCREF = 0x70

/** Sections of a module, by id, in the order they must stand. */
const SECTION = {
  types: 1,
  imports: 2,
  functions: 3,
  tables: 4,
  exports: 7,
  elements: 9,
  code: 10,
  data: 11,
} as const

/** Writes a WebAssembly module: imports first, then functions. One memory, imported as `env.memory`. */
export class ModuleBuilder {
  readonly #types: string[] = []
  readonly #typeBytes: ByteWriter[] = []
  readonly #imports: { name: string; type: number }[] = []
  readonly #functions: FunctionBuilder[] = []
  readonly #exports: { name: string; index: number }[] = []
  #table: readonly Callable[] | null = null
  readonly #data: { address: number; bytes: ArrayLike<number> }[] = []

  /** Declares `env.name`. Only before the first function. */
  importFunction(name: string, params: readonly ValueType[], results: readonly ValueType[]): Callable {
    this.#imports.push({ name, type: this.typeOf({ params, results }) })
    return { index: this.#imports.length - 1, params, results }
  }

  /** Declares a function, which may be called before its body is written. */
  function(params: readonly ValueType[], results: readonly ValueType[]): FunctionBuilder {
    const index = this.#imports.length + this.#functions.length
    this.typeOf({ params, results })
    const builder = new FunctionBuilder(this, index, params, results)
    this.#functions.push(builder)
    return builder
  }

  export(name: string, { index }: Callable): void {
    this.#exports.push({ name, index })
  }

  /** Functions that can be called by their index in this list. */
  table(functions: readonly Callable[]): void {
    this.#table = functions
  }

  /** Puts bytes into memory when the module is instantiated. */
  data(address: number, bytes: ArrayLike<number>): void {
    this.#data.push({ address, bytes })
  }

  /** Index of a function or block type, declared once. */
  typeOf({ params, results }: Signature): number {
    const key = `${params.join()}>${results.join()}`
    const known = this.#types.indexOf(key)
    if (known >= 0) return known
    const bytes = new ByteWriter()
    bytes.byte(0x60)
    for (const list of [params, results]) {
      bytes.unsigned(list.length)
      for (const type of list) bytes.byte(TYPE_CODES[type])
    }
    this.#typeBytes.push(bytes)
    return this.#types.push(key) - 1
  }

  /** The module's bytes. `memoryPages` is the least memory it is instantiated with. */
  build(memoryPages: number): Uint8Array {
    const out = new ByteWriter()
    out.bytes([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
    // Bodies first: writing them may declare block types.
    const bodies = this.#functions.map((builder) => builder.body())
    section(out, SECTION.types, this.#typeBytes, (item, bytes) => item.bytes(bytes.view()))
    const memory = { name: 'memory', type: -1 }
    section(out, SECTION.imports, [memory, ...this.#imports], (item, { name, type }) => {
      item.name('env')
      item.name(name)
      if (type >= 0) {
        item.byte(FUNCTION_KIND)
        item.unsigned(type)
      } else {
        item.bytes([MEMORY_KIND, 0])
        item.unsigned(memoryPages)
      }
    })
    section(out, SECTION.functions, this.#functions, (item, builder) => item.unsigned(this.typeOf(builder)))
    const tables = this.#table ? [this.#table] : []
    section(out, SECTION.tables, tables, (item, { length }) => {
      // Of functions, as long as it is now and no longer.
      item.bytes([FUNCREF, 1])
      item.unsigned(length)
      item.unsigned(length)
    })
    section(out, SECTION.exports, this.#exports, (item, { name, index }) => {
      item.name(name)
      item.byte(FUNCTION_KIND)
      item.unsigned(index)
    })
    section(out, SECTION.elements, tables, (item, functions) => {
      // Active, in table 0, from index 0 on.
      item.bytes([0, 0x41, 0, 0x0b])
      item.unsigned(functions.length)
      for (const { index } of functions) item.unsigned(index)
    })
    section(out, SECTION.code, bodies, (item, body) => item.sized(body))
    section(out, SECTION.data, this.#data, (item, { address, bytes }) => {
      // Active, in memory 0, at `i32.const address`.
      item.bytes([0, 0x41])
      item.signed(address)
      item.byte(0x0b)
      item.unsigned(bytes.length)
      item.bytes(bytes)
    })
    return out.take()
  }
}

function section<T>(
  out: ByteWriter,
  id: number,
  items: readonly T[],
  write: (item: ByteWriter, value: T) => void,
): void {
  if (items.length === 0) return
  const content = new ByteWriter()
  content.unsigned(items.length)
  for (const value of items) write(content, value)
  out.byte(id)
  out.sized(content)
}
