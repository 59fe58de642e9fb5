import { ByteWriter } from './bytes.ts'
import { TYPE_CODES, type ValueType } from './expr.ts'
import { FunctionBuilder } from './function.ts'

/** What a function takes and gives. */
export interface Signature<P extends readonly ValueType[] = readonly ValueType[]> {
  readonly params: P
  readonly results: readonly ValueType[]
}

/** A function that can be called: imported or our own. Who asks for the index, which is final, calls it. */
export interface Callable extends Signature {
  readonly index: number
}

const FUNCTION_KIND = 0
const MEMORY_KIND = 2
const FUNCREF = 0x70

// Sections of a module, by id, in the order they must stand.
const TYPES = 1
const IMPORTS = 2
const FUNCTIONS = 3
const TABLES = 4
const EXPORTS = 7
const ELEMENTS = 9
const CODE = 10

/** A function of the host, or of another module. */
interface Import extends Callable {
  readonly name: string
  /** Whether anything calls it. */
  isUsed: boolean
}

/** Writes a WebAssembly module: imports first, then functions. One memory, imported as `env.memory`. */
export class ModuleBuilder {
  readonly #keys: string[] = []
  readonly #types: Signature[] = []
  readonly #imports: Import[] = []
  readonly #functions: FunctionBuilder[] = []
  readonly #exports: { name: string; index: number }[] = []
  #table: readonly Callable[] | null = null

  /** Declares `env.name`. Only before the first function. */
  importFunction(name: string, signature: Signature): Callable {
    const index = this.#imports.length
    const imported: Import = {
      ...signature,
      ...{ name, isUsed: false },
      get index() {
        imported.isUsed = true
        return index
      },
    }
    this.#imports.push(imported)
    return imported
  }

  /** Declares a function, which may be called before its body is written. */
  function<const P extends readonly ValueType[]>(signature: Signature<P>): FunctionBuilder<P> {
    const index = this.#imports.length + this.#functions.length
    this.typeOf(signature)
    const builder = new FunctionBuilder(this, index, signature)
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

  /** Index of a function's type, declared once. */
  typeOf(signature: Signature): number {
    const key = `${signature.params.join()}>${signature.results.join()}`
    const known = this.#keys.indexOf(key)
    if (known >= 0) return known
    this.#types.push(signature)
    return this.#keys.push(key) - 1
  }

  /** The module's bytes. `memoryPages` is the least memory it is instantiated with. The functions end here. */
  build(memoryPages: number): Uint8Array {
    const out = ByteWriter.empty()
    out.bytes([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
    const imports = this.#wantedImports()
    const importTypes = imports.map((imported) => this.typeOf(imported))
    section(out, TYPES, this.#types, (item, { params, results }) => {
      item.byte(0x60)
      for (const list of [params, results]) {
        item.unsigned(list.length)
        for (const type of list) item.byte(TYPE_CODES[type])
      }
    })
    section(out, IMPORTS, [null, ...imports], (item, imported, i) => {
      item.name('env')
      item.name(imported?.name ?? 'memory')
      if (imported) {
        item.byte(FUNCTION_KIND)
        item.unsigned(importTypes[i - 1])
      } else {
        item.bytes([MEMORY_KIND, 0])
        item.unsigned(memoryPages)
      }
    })
    section(out, FUNCTIONS, this.#functions, (item, builder) => item.unsigned(this.typeOf(builder)))
    const tables = this.#table ? [this.#table] : []
    section(out, TABLES, tables, (item, { length }) => {
      // Of functions, as long as it is now and no longer.
      item.bytes([FUNCREF, 1])
      item.unsigned(length)
      item.unsigned(length)
    })
    section(out, EXPORTS, this.#exports, (item, { name, index }) => {
      item.name(name)
      item.byte(FUNCTION_KIND)
      item.unsigned(index)
    })
    section(out, ELEMENTS, tables, (item, functions) => {
      // Active, in table 0, from index 0 on.
      item.bytes([0, 0x41, 0, 0x0b])
      item.unsigned(functions.length)
      for (const { index } of functions) item.unsigned(index)
    })
    section(out, CODE, this.#functions, (item, builder) => builder.finish(item))
    const bytes = out.take()
    out.release()
    return bytes
  }

  /**
   * The imports, where one that nothing calls is replaced by one that something does, so that no index changes: for
   * each type among them V8 makes a wrapper of its own, and a few take longer than all the rest of a short module.
   */
  #wantedImports(): Import[] {
    const first = this.#imports.find(({ isUsed }) => isUsed)
    return this.#imports.map((imported) => (imported.isUsed || !first ? imported : first))
  }
}

function section<T>(
  out: ByteWriter,
  id: number,
  items: readonly T[],
  write: (item: ByteWriter, value: T, i: number) => void,
): void {
  if (items.length === 0) return
  const content = ByteWriter.empty()
  content.unsigned(items.length)
  for (const [i, value] of items.entries()) write(content, value, i)
  out.byte(id)
  out.sized(content)
}
