import * as FORMAT from './binary-format.ts'
import { ByteWriter } from './bytes.ts'
import type { ValueType } from './expr.ts'
import { FunctionBuilder } from './function.ts'

/** How a module of WebAssembly 1.0 begins, and the smallest one whole: "\\0asm" and the version. */
export const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]

/** What a function takes and gives. */
export interface Signature<P extends readonly ValueType[] = readonly ValueType[]> {
  readonly params: P
  readonly results: readonly ValueType[]
}

/** A function that can be called: our own, imported, or one that is put into the table. */
export interface Callable extends Signature {
  readonly index: number
  /** Index of its type where it is called by its index in the table. */
  readonly type?: number
}

/** Functions by name. */
export type Callables<N extends string> = Readonly<Record<N, Callable>>

/** A function of the host. */
interface Import extends Callable {
  readonly name: string
}

/** Writes a WebAssembly module: imports first, then functions. One memory, imported as `env.memory`. */
export class ModuleBuilder {
  readonly #types: Signature[]
  readonly #imports: Import[] = []
  readonly #functions: FunctionBuilder[] = []
  readonly #functionTypes: number[] = []
  readonly #exports: { name: string; kind: number; index: number }[] = []
  readonly #linkCount: number
  readonly #Body: typeof FunctionBuilder
  #table: readonly Callable[] | null = null

  /**
   * `linked`: functions that whoever makes an instance puts into its table, from index 0 on. Each has the type of its
   * index. Imports would have V8 compile a wrapper for each type, in each module anew, and a few take longer than all the
   * rest of a short one.
   *
   * `Body`: what writes the functions, where the module is for a host that takes less than ours.
   */
  constructor(linked: readonly Signature[] = [], Body = FunctionBuilder) {
    this.#types = [...linked]
    this.#linkCount = linked.length
    this.#Body = Body
  }

  /** Declares `env.name`. Only before the first function. */
  importFunction(name: string, signature: Signature): Callable {
    const imported: Import = { ...signature, name, index: this.#imports.length }
    this.#imports.push(imported)
    return imported
  }

  /** Declares a function, which may be called before its body is written. */
  function<const P extends readonly ValueType[]>(signature: Signature<P>): FunctionBuilder<P> {
    const index = this.#imports.length + this.#functions.length
    const builder = new this.#Body(this, index, signature)
    this.#functions.push(builder)
    this.#functionTypes.push(this.typeOf(signature))
    return builder
  }

  export(name: string, { index }: Callable): void {
    this.#exports.push({ name, kind: FORMAT.functionKind, index })
  }

  /** Functions that follow those that are linked in the table, which is exported. */
  table(functions: readonly Callable[]): void {
    this.#table = functions
    this.#exports.push({ name: 'table', kind: FORMAT.tableKind, index: 0 })
  }

  /** Index of a function's type; one that another signature says is declared again, which costs some bytes. */
  typeOf(signature: Signature): number {
    const known = this.#types.indexOf(signature)
    return known < 0 ? this.#types.push(signature) - 1 : known
  }

  /** The module's bytes. `memoryPages` is the least memory it is instantiated with. The functions end here. */
  build(memoryPages: number): Uint8Array {
    const out = ByteWriter.empty()
    out.bytes(HEADER)
    const importTypes = this.#imports.map((imported) => this.typeOf(imported))
    section(out, FORMAT.types, this.#types, (item, { params, results }) => {
      item.byte(0x60)
      for (const list of [params, results]) {
        item.unsigned(list.length)
        item.bytes(list)
      }
    })
    section(out, FORMAT.imports, [null, ...this.#imports], (item, imported, i) => {
      item.name('env')
      item.name(imported?.name ?? 'memory')
      if (imported) {
        item.byte(FORMAT.functionKind)
        item.unsigned(importTypes[i - 1])
      } else {
        item.bytes([FORMAT.memoryKind, 0])
        item.unsigned(memoryPages)
      }
    })
    section(out, FORMAT.functions, this.#functionTypes, (item, type) => item.unsigned(type))
    const tables = this.#table ? [this.#table] : []
    section(out, FORMAT.tables, tables, (item, { length }) => {
      // Of functions, as long as it is now and no longer.
      const size = this.#linkCount + length
      item.bytes([FORMAT.funcref, 1])
      item.unsigned(size)
      item.unsigned(size)
    })
    section(out, FORMAT.exports, this.#exports, (item, { name, kind, index }) => {
      item.name(name)
      item.byte(kind)
      item.unsigned(index)
    })
    section(out, FORMAT.elements, tables, (item, functions) => {
      // Active, in table 0, from an index on.
      item.bytes([0, FORMAT.const32])
      item.signed(this.#linkCount)
      item.byte(FORMAT.end)
      item.unsigned(functions.length)
      for (const { index } of functions) item.unsigned(index)
    })
    section(out, FORMAT.code, this.#functions, (item, builder) => builder.finish(item))
    const bytes = out.take()
    out.release()
    return bytes
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
