import { HEADER } from '../wasm/module.ts'
import { SECTIONS, type Section } from './fault.ts'
import type { ValueType } from './instructions.ts'
import { isModule } from './magic.ts'
import {
  type Export,
  type ExportKind,
  type FunctionBody,
  type FunctionType,
  type GlobalType,
  HOST_LIMITS,
  type Import,
  type Limits,
  type LiteModule,
  MODULE_LIMIT_BYTES,
  PAGE_LIMIT,
  type SectionSpan,
  type Segment,
  TABLE_LIMIT,
} from './module.ts'
import { Reader } from './reader.ts'
import { validateBody } from './validate-body.ts'
import { readValueType } from './value-type.ts'

/** The order in which sections must stand, by id: the count of data segments comes before the code. */
const ORDER = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11]
const KINDS: readonly ExportKind[] = ['function', 'table', 'memory', 'global']
/** Most pages that the standard has room for. */
const STANDARD_PAGES = 65536
/** Names of exports that metering adds begin so. */
export const RESERVED_PREFIX = 'zvm.'

/**
 * Reads a module and validates it by the rules of the language. Throws `Refusal`. What a contract must be beyond that
 * `checkContract` tells.
 */
export function readModule(bytes: Uint8Array): LiteModule {
  return new Decoder(bytes).module()
}

class Decoder {
  readonly #in: Reader
  readonly #sections: SectionSpan[] = []
  readonly #types: FunctionType[] = []
  readonly #imports: Import[] = []
  readonly #functions: number[] = []
  #table: Limits | null = null
  #memory: Limits | null = null
  readonly #globals: GlobalType[] = []
  readonly #exports: Export[] = []
  readonly #exported = new Set<string>()
  readonly #elements: Segment[] = []
  readonly #addressed = new Set<number>()
  #dataCount: number | null = null
  readonly #data: Segment[] = []
  readonly #bodies: FunctionBody[] = []

  constructor(bytes: Uint8Array) {
    this.#in = new Reader(bytes)
  }

  module(): LiteModule {
    const input: Reader = this.#in
    const { bytes } = input
    if (!isModule(bytes)) input.refuse('malformed', 'not "\\0asm" and version 1', 0)
    if (bytes.length > MODULE_LIMIT_BYTES)
      input.refuse('module-size', `${bytes.length} bytes; at most ${MODULE_LIMIT_BYTES}`, MODULE_LIMIT_BYTES)
    input.at = HEADER.length
    let last = 0
    while (input.at < bytes.length) last = this.#section(last)
    input.section = 'module'
    const declared = this.#functions.length - this.#imports.length
    if (declared !== this.#bodies.length)
      input.refuse('malformed', `${declared} functions and ${this.#bodies.length} bodies`)
    if (this.#dataCount !== null && this.#dataCount !== this.#data.length)
      input.refuse('malformed', `${this.#dataCount} data segments counted, ${this.#data.length} there`)
    return this.#result()
  }

  #result(): LiteModule {
    return {
      ...{ bytes: this.#in.bytes, sections: this.#sections, types: this.#types, imports: this.#imports },
      ...{ functions: this.#functions, table: this.#table, memory: this.#memory, globals: this.#globals },
      ...{ exports: this.#exports, elements: this.#elements, addressed: this.#addressed },
      ...{ data: this.#data, bodies: this.#bodies },
    }
  }

  /** One section; `last` is the id of the one before it that was not custom. Gives the same for the next. */
  #section(last: number): number {
    const input: Reader = this.#in
    const begin = input.at
    input.section = 'module'
    input.end = input.bytes.length
    const id = input.byte()
    const name: Section | undefined = SECTIONS[id]
    if (name === undefined) input.refuse('malformed', `no section has the id ${id}`, begin)
    input.section = name
    const size = input.u32()
    if (size > input.bytes.length - input.at)
      input.refuse('malformed', `${size} bytes go past the end of the module`, begin)
    const start = input.at
    input.end = start + size
    if (id !== 0 && ORDER.indexOf(id) <= ORDER.indexOf(last) && last !== 0)
      input.refuse('malformed', `behind the ${SECTIONS[last]} section`, begin)
    this.#content(id)
    if (input.at !== input.end) input.refuse('malformed', `${input.end - input.at} bytes too many`)
    this.#sections.push({ id, start, end: input.end })
    return id === 0 ? last : id
  }

  #content(id: number): void {
    const input: Reader = this.#in
    switch (id) {
      case 0:
        input.name()
        input.at = input.end
        return
      case 1:
        input.list(() => this.#types.push(this.#functionType()))
        return
      case 2:
        input.list(() => this.#import())
        return
      case 3:
        input.list(() => this.#functions.push(this.#typeIndex()))
        return
      case 4:
        input.list(() => this.#tableType())
        return
      case 5:
        input.list(() => this.#memoryType())
        return
      case 6:
        input.list(() => this.#global())
        return
      case 7:
        input.list(() => this.#export())
        return
      case 8:
        input.refuse('start', 'a start function')
        return
      case 9:
        input.list(() => this.#element())
        return
      case 10:
        this.#code()
        return
      case 11:
        input.list(() => this.#segment(), HOST_LIMITS.dataSegments)
        return
      case 12:
        this.#dataCount = input.u32()
    }
  }

  #functionType(): FunctionType {
    const input: Reader = this.#in
    const form = input.byte()
    if (form !== 0x60) input.refuse('malformed', `the form 0x${form.toString(16)}`, input.at - 1)
    const params: ValueType[] = []
    const results: ValueType[] = []
    input.list(() => params.push(readValueType(input)), HOST_LIMITS.parameters)
    const at = input.at
    input.list(() => results.push(readValueType(input)))
    if (results.length > 1) input.refuse('multi-value', `${results.length} results`, at)
    return { params, results }
  }

  #typeIndex(): number {
    const input: Reader = this.#in
    const at = input.at
    const index = input.u32()
    if (index >= this.#types.length) input.refuse('index', `no type ${index}`, at)
    return index
  }

  #import(): void {
    const input: Reader = this.#in
    const at = input.at
    const module = input.name(HOST_LIMITS.nameBytes)
    const name = input.name(HOST_LIMITS.nameBytes)
    const kind = input.byte()
    if (kind > 3) input.refuse('malformed', `an import of kind ${kind}`, input.at - 1)
    if (kind !== 0) input.refuse('import', `a ${KINDS[kind]}`, at)
    const type = this.#typeIndex()
    if (module !== 'zvm') input.refuse('import', `${JSON.stringify(module)}, not "zvm"`, at)
    this.#imports.push({ name, type })
    this.#functions.push(type)
  }

  #tableType(): void {
    const input: Reader = this.#in
    const at = input.at
    const type = input.byte()
    if (type === 0x40 || type === 0x6f || type === 0x63 || type === 0x64)
      input.refuse('reference-types', 'a table of other references', at)
    if (type !== 0x70) input.refuse('malformed', `a table of type 0x${type.toString(16)}`, at)
    const limits = this.#limits(2 ** 32 - 1, at)
    if (this.#table) input.refuse('reference-types', 'a second table', at)
    if (limits.least > TABLE_LIMIT) input.refuse('table-size', `${limits.least} entries`, at)
    this.#table = limits
  }

  #memoryType(): void {
    const input: Reader = this.#in
    const at = input.at
    const limits = this.#limits(STANDARD_PAGES, at)
    if (this.#memory) input.refuse('multi-memory', 'a second memory', at)
    if (limits.least > PAGE_LIMIT) input.refuse('memory-size', `${limits.least} pages`, at)
    this.#memory = limits
  }

  #limits(most: number, at: number): Limits {
    const input: Reader = this.#in
    const flags = input.byte()
    if (flags === 2 || flags === 3) input.refuse('threads', 'shared', at)
    if (flags >= 4 && flags <= 7) input.refuse('multi-memory', 'of 64 bits', at)
    if (flags > 1) input.refuse('malformed', `limits of kind ${flags}`, input.at - 1)
    const least = input.u32()
    const bound = flags === 1 ? input.u32() : null
    if (least > most || (bound ?? 0) > most) input.refuse('limits', `more than ${most}`, at)
    if (bound !== null && bound < least) input.refuse('limits', `least ${least}, most ${bound}`, at)
    return { least, most: bound }
  }

  #global(): void {
    const input: Reader = this.#in
    const type = readValueType(input)
    const flag = input.byte()
    if (flag === 2 || flag === 3) input.refuse('threads', 'a shared global', input.at - 1)
    if (flag > 1) input.refuse('malformed', `a mutability of ${flag}`, input.at - 1)
    this.#constant(type)
    this.#globals.push({ type, isMutable: flag === 1 })
  }

  /** An initial value: one constant. Gives it where it is an i32, unsigned. */
  #constant(type: ValueType): number {
    const input: Reader = this.#in
    const at = input.at
    const code = input.byte()
    let value = 0
    if (code === 0x41) value = input.s32() >>> 0
    else if (code === 0x42) input.signed(64)
    else this.#noConstant(code, at)
    const next = input.byte()
    // Additions and the like stand where later standards have more than one instruction.
    if (next !== 0x0b) this.#noConstant(next, input.at - 1)
    if ((code === 0x41) !== (type === 'i32')) input.refuse('type', `a constant that is no ${type}`, at)
    return value
  }

  #noConstant(code: number, at: number): never {
    const input: Reader = this.#in
    if (code === 0x43 || code === 0x44) input.refuse('float', 'a constant', at)
    if (code === 0xd0 || code === 0xd2) input.refuse('reference-types', 'a reference', at)
    if (code === 0xfd) input.refuse('simd', 'a constant', at)
    if (code === 0x23) {
      const index = input.u32()
      if (index >= this.#globals.length) input.refuse('index', `no global ${index} before this`, at)
      input.refuse('extended-constant', 'the value of another global', at)
    }
    const isExtension = [0x41, 0x42, 0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e, 0xfb].includes(code)
    if (isExtension) input.refuse('extended-constant', 'more than one instruction', at)
    input.refuse('constant', 'an instruction that is no constant', at)
  }

  #export(): void {
    const input: Reader = this.#in
    const at = input.at
    const name = input.name(HOST_LIMITS.nameBytes)
    const code = input.byte()
    const kind: ExportKind | undefined = KINDS[code]
    if (kind === undefined) input.refuse('malformed', `an export of kind ${code}`, input.at - 1)
    const index = input.u32()
    const count = {
      ...{ function: this.#functions.length, table: this.#table ? 1 : 0 },
      ...{ memory: this.#memory ? 1 : 0, global: this.#globals.length },
    }[kind]
    if (index >= count) input.refuse('index', `no ${kind} ${index}`, at)
    if (this.#exported.has(name)) input.refuse('export-name', `${JSON.stringify(name)} again`, at)
    if (name.startsWith(RESERVED_PREFIX)) input.refuse('reserved-export', JSON.stringify(name), at)
    this.#exports.push({ name, kind, index })
    this.#exported.add(name)
  }

  #element(): void {
    const input: Reader = this.#in
    const at = input.at
    const flags = input.u32()
    if (flags > 7) input.refuse('malformed', `an element segment of kind ${flags}`, at)
    if (flags > 2) input.refuse('reference-types', 'references beyond functions by their index', at)
    if (flags === 2) this.#tableIndex()
    if (flags !== 1 && !this.#table) input.refuse('index', 'no table 0', at)
    const offset = flags === 1 ? null : this.#constant('i32')
    if (flags !== 0) {
      const kind = input.byte()
      if (kind !== 0) input.refuse('malformed', `elements of kind ${kind}`, input.at - 1)
    }
    const size = input.list(() => {
      const place = input.at
      const index = input.u32()
      if (index >= this.#functions.length) input.refuse('index', `no function ${index}`, place)
      this.#addressed.add(index)
    })
    this.#elements.push({ offset, size })
  }

  #tableIndex(): void {
    const input: Reader = this.#in
    const at = input.at
    const index = input.u32()
    if (index !== 0) input.refuse('index', `no table ${index}`, at)
  }

  #code(): void {
    const input: Reader = this.#in
    const sectionEnd = input.end
    const before = this.#imports.length
    const at = input.at
    input.list((i) => {
      const type = this.#functions[before + i]
      if (type === undefined) input.refuse('malformed', 'more bodies than functions', at)
      const size = input.u32()
      if (size > sectionEnd - input.at) input.refuse('malformed', 'a body past the end of its section')
      input.end = input.at + size
      this.#bodies.push(
        validateBody(input, type, {
          ...{ types: this.#types, functions: this.#functions, globals: this.#globals },
          ...{ hasMemory: this.#memory !== null, hasTable: this.#table !== null },
          ...{ elementCount: this.#elements.length, dataCount: this.#dataCount },
        }),
      )
      input.end = sectionEnd
    })
  }

  #segment(): void {
    const input: Reader = this.#in
    const at = input.at
    const flags = input.u32()
    if (flags > 2) input.refuse('malformed', `a data segment of kind ${flags}`, at)
    const memory = flags === 2 ? input.u32() : 0
    if (flags !== 1 && (memory !== 0 || !this.#memory)) input.refuse('index', `no memory ${memory}`, at)
    const offset = flags === 1 ? null : this.#constant('i32')
    const size = input.u32()
    input.take(size)
    this.#data.push({ offset, size })
  }
}
