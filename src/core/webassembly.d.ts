/** The part of the WebAssembly interface that the engine uses; the compiler's own description comes only with the DOM. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: ArrayBufferView | ArrayBuffer)
    static imports(module: Module): { module: string; name: string; kind: string }[]
  }

  class Memory {
    constructor(descriptor: { initial: number; maximum?: number })
    readonly buffer: ArrayBuffer
    /** Pages there were before. */
    grow(pages: number): number
  }

  class Table {
    set(index: number, value: unknown): void
  }

  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>)
    readonly exports: Record<string, unknown>
  }

  class Global<T extends 'i32' | 'i64'> {
    value: { i32: number; i64: bigint }[T]
  }

  class RuntimeError extends Error {}

  function validate(bytes: ArrayBufferView): boolean
}
