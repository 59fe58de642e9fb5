import { ByteWriter } from '../wasm/bytes.ts'
import { frameSlots } from './frame-room.ts'
import { SIZE_GAS } from './instructions.ts'
import { type Edit, type FunctionBody, type LiteModule, type LocalRun, PAGE_LIMIT } from './module.ts'

/** What a metered module notes before it traps by `unreachable`; 0 means that the host trapped at a load or store. */
export const TRAP = {
  memory: 0,
  outOfGas: 1,
  depth: 2,
  unreachable: 3,
  integer: 4,
  indirectCall: 5,
  /** The memories of all open messages together. */
  memoryLimit: 6,
  /** The host has not the memory that our limits promise. */
  host: 7,
} as const

/** Globals that metering adds, by what they are exported as. */
export const METER_EXPORTS = {
  /** Gas left, an i64 that is never negative where the host sees it. */
  gas: 'zvm.gas',
  /** What is left of FRAME_ROOM. */
  room: 'zvm.room',
  /** One of TRAP. */
  trap: 'zvm.trap',
  /** Pages that memory may still grow by, whatever the module says. */
  pages: 'zvm.pages',
} as const

const CODES = { i32: 0x7f, i64: 0x7e } as const
const EMPTY = 0x40
const BR = 0x0c
const BR_IF = 0x0d
const LOCAL_GET = 0x20
const LOCAL_SET = 0x21
const LOCAL_TEE = 0x22
const GLOBAL_GET = 0x23
const GLOBAL_SET = 0x24
const I32_CONST = 0x41
const I64_CONST = 0x42
const I64_SUB = 0x7d
const I64_ADD = 0x7c
const I64_MUL = 0x7e
const I64_SHR_U = 0x88
const I64_EXTEND_U = 0xad
const UNREACHABLE = 0x00

/**
 * The module as it is run: it charges for each block of straight code when it enters it, for sizes before the work is
 * done, counts the room of its frames, and notes why it traps. Custom sections are left out.
 */
export function meterModule(module: LiteModule): Uint8Array<ArrayBuffer> {
  return new Meter(module).bytes()
}

class Meter {
  readonly #module: LiteModule
  readonly #gas: number
  readonly #room: number
  readonly #trap: number
  readonly #pages: number
  readonly #grow: number
  #out!: ByteWriter
  /** Locals of the function that is written. */
  #gasLocal = 0
  #scratch = 0

  constructor(module: LiteModule) {
    this.#module = module
    const first = module.globals.length
    this.#gas = first
    this.#room = first + 1
    this.#trap = first + 2
    this.#pages = first + 3
    this.#grow = module.functions.length
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const { bytes, sections } = this.#module
    const out = ByteWriter.empty()
    out.bytes(bytes.subarray(0, 8))
    const spans = new Map(sections.map((span) => [span.id, span]))
    const needsGrow = this.#module.memory !== null
    for (const id of [1, 2, 3, 4, 5, 6, 7, 9, 12, 10, 11]) {
      const span = spans.get(id)
      const content = ByteWriter.empty()
      this.#out = content
      const old = span ? bytes.subarray(span.start, span.end) : null
      if (id === 1 && needsGrow) this.#extend(old, 1, [0x60, 1, CODES.i32, 1, CODES.i32])
      else if (id === 3 && needsGrow) this.#extend(old, 1, leb(this.#module.types.length))
      else if (id === 5 && needsGrow) this.#memorySection()
      else if (id === 6) this.#extend(old, 4, this.#globals())
      else if (id === 7) this.#extend(old, 4, this.#exports())
      else if (id === 10 && (old || needsGrow)) this.#codeSection(needsGrow)
      else if (old) content.bytes(old)
      if (content.length === 0) content.release()
      else {
        out.byte(id)
        out.sized(content)
      }
    }
    const metered = out.take()
    out.release()
    return metered as Uint8Array<ArrayBuffer>
  }

  /** A section with more items behind those it has. */
  #extend(old: Uint8Array | null, more: number, items: readonly number[]): void {
    const [count, at] = old ? readLeb(old) : [0, 0]
    this.#out.unsigned(count + more)
    if (old) this.#out.bytes(old.subarray(at))
    this.#out.bytes(items)
  }

  #memorySection(): void {
    const { least } = this.#module.memory!
    this.#out.bytes([1, 1])
    this.#out.unsigned(least)
    this.#out.unsigned(mostPages(this.#module))
  }

  #globals(): number[] {
    const zero32 = [CODES.i32, 1, I32_CONST, 0, 0x0b]
    return [...[CODES.i64, 1, I64_CONST, 0, 0x0b], ...zero32, ...zero32, ...zero32]
  }

  #exports(): number[] {
    return Object.values(METER_EXPORTS).flatMap((name, i) => [
      ...[name.length, ...new TextEncoder().encode(name)],
      ...[3, ...leb(this.#gas + i)],
    ])
  }

  #codeSection(needsGrow: boolean): void {
    const { bodies } = this.#module
    const section = this.#out
    section.unsigned(bodies.length + (needsGrow ? 1 : 0))
    for (const [i, body] of bodies.entries()) {
      this.#out = ByteWriter.empty()
      this.#body(body, this.#module.addressed.has(this.#module.imports.length + i))
      section.sized(this.#out)
    }
    if (needsGrow) {
      this.#out = ByteWriter.empty()
      this.#growBody()
      section.sized(this.#out)
    }
    this.#out = section
  }

  #body(body: FunctionBody, isAddressed: boolean): void {
    const out = this.#out
    const { bytes, types } = this.#module
    const { params, results } = types[body.type]
    const count = params.length + body.localCount
    this.#gasLocal = count
    this.#scratch = count + 1
    this.#locals(body.locals)
    const slots = frameSlots(params.length, body.localCount, body.height)
    this.#op(0x02, EMPTY) // depth
    this.#op(0x02, EMPTY) // gas
    this.#op(GLOBAL_GET, this.#room)
    this.#const32(slots)
    out.byte(0x6b)
    this.#op(LOCAL_TEE, this.#scratch)
    this.#const32(0)
    out.byte(0x48) // i32.lt_s
    this.#op(BR_IF, 1)
    this.#op(LOCAL_GET, this.#scratch)
    this.#op(GLOBAL_SET, this.#room)
    if (isAddressed) this.#note(TRAP.memory)
    this.#reload()
    this.#op(0x02, results.length > 0 ? CODES[results[0]] : EMPTY)
    let at = body.code
    for (const edit of body.edits) {
      out.bytes(bytes.subarray(at, edit.at))
      at = edit.at
      if (edit.kind === 'charge') this.#charge(edit.gas, edit.nesting)
      else {
        this.#edit(edit, bytes.subarray(edit.at, edit.to))
        at = edit.to
      }
    }
    out.bytes(bytes.subarray(at, body.end))
    out.byte(0x0b)
    this.#op(GLOBAL_GET, this.#room)
    this.#const32(slots)
    out.byte(0x6a)
    this.#op(GLOBAL_SET, this.#room)
    this.#spill()
    out.bytes([0x0f, 0x0b])
    this.#fail(TRAP.outOfGas)
    out.byte(0x0b)
    this.#fail(TRAP.depth)
    out.byte(0x0b)
  }

  /** Declares the locals of a function, and behind them the two that are added. */
  #locals(locals: readonly LocalRun[]): void {
    this.#out.unsigned(locals.length + 2)
    for (const { count, type } of locals) this.#op2(count, CODES[type])
    this.#op2(1, CODES.i64)
    this.#op2(1, CODES.i32)
  }

  #edit(edit: Exclude<Edit, { kind: 'charge' }>, original: Uint8Array): void {
    const out = this.#out
    switch (edit.kind) {
      case 'return':
        this.#op(BR, edit.nesting)
        return
      case 'unreachable':
        this.#fail(TRAP.unreachable)
        return
      case 'integer':
        this.#note(TRAP.integer)
        out.bytes(original)
        this.#note(TRAP.memory)
        return
      case 'call':
        this.#spill()
        out.bytes(original)
        this.#reload()
        return
      case 'call_indirect':
        this.#spill()
        this.#note(TRAP.indirectCall)
        out.bytes(original)
        this.#note(TRAP.memory)
        this.#reload()
        return
      case 'memory.grow':
        this.#spill()
        this.#op(0x10, this.#grow)
        this.#reload()
        return
      case 'bulk':
        this.#chargeSize(SIZE_GAS.word, true, edit.nesting)
        out.bytes(original)
        return
      case 'table':
        this.#chargeSize(SIZE_GAS.entry, false, edit.nesting)
        this.#note(TRAP.indirectCall)
        out.bytes(original)
        this.#note(TRAP.memory)
        return
    }
  }

  #charge(gas: number, nesting: number): void {
    this.#op(LOCAL_GET, this.#gasLocal)
    this.#const64(gas)
    this.#out.byte(I64_SUB)
    this.#leaveIfNegative(nesting)
  }

  /** Charges by the topmost operand, which stays: for each of what it counts, or each started 32 of it. */
  #chargeSize(gas: number, isBytes: boolean, nesting: number): void {
    const out = this.#out
    this.#op(LOCAL_TEE, this.#scratch)
    this.#op(LOCAL_GET, this.#gasLocal)
    this.#op(LOCAL_GET, this.#scratch)
    out.byte(I64_EXTEND_U)
    if (isBytes) {
      this.#const64(31)
      out.byte(I64_ADD)
      this.#const64(5)
      out.byte(I64_SHR_U)
    }
    this.#const64(gas)
    out.bytes([I64_MUL, I64_SUB])
    this.#leaveIfNegative(nesting)
  }

  /** The gas that the topmost operand says is left; what is below zero ends the run. */
  #leaveIfNegative(nesting: number): void {
    this.#op(LOCAL_TEE, this.#gasLocal)
    this.#const64(0)
    this.#out.byte(0x53) // i64.lt_s
    this.#op(BR_IF, nesting + 1)
  }

  #spill(): void {
    this.#op(LOCAL_GET, this.#gasLocal)
    this.#op(GLOBAL_SET, this.#gas)
  }

  #reload(): void {
    this.#op(GLOBAL_GET, this.#gas)
    this.#op(LOCAL_SET, this.#gasLocal)
  }

  /** memory.grow: (pages) → the pages there were, or −1 where the module's own limit forbids it. */
  #growBody(): void {
    const out = this.#out
    out.byte(0) // no locals
    this.#op(LOCAL_GET, 0)
    this.#const32(mostPages(this.#module))
    out.bytes([0x3f, 0, 0x6b, 0x4b, 0x04, EMPTY]) // memory.size, i32.sub, i32.gt_u, if
    this.#const32(-1)
    out.bytes([0x0f, 0x0b])
    this.#op(LOCAL_GET, 0)
    this.#op(GLOBAL_GET, this.#pages)
    out.bytes([0x4b, 0x04, EMPTY])
    this.#fail(TRAP.memoryLimit)
    out.byte(0x0b)
    this.#op(GLOBAL_GET, this.#pages)
    this.#op(LOCAL_GET, 0)
    out.byte(0x6b)
    this.#op(GLOBAL_SET, this.#pages)
    this.#op(GLOBAL_GET, this.#gas)
    this.#op(LOCAL_GET, 0)
    out.byte(I64_EXTEND_U)
    this.#const64(SIZE_GAS.page)
    out.bytes([I64_MUL, I64_SUB])
    this.#op(GLOBAL_SET, this.#gas)
    this.#op(GLOBAL_GET, this.#gas)
    this.#const64(0)
    out.bytes([0x53, 0x04, EMPTY])
    this.#fail(TRAP.outOfGas)
    out.byte(0x0b)
    this.#op(LOCAL_GET, 0)
    out.bytes([0x40, 0])
    this.#op(LOCAL_TEE, 0)
    this.#const32(-1)
    out.bytes([0x46, 0x04, EMPTY])
    this.#fail(TRAP.host)
    out.byte(0x0b)
    this.#op(LOCAL_GET, 0)
    out.byte(0x0b)
  }

  /** Notes what a trap of the host at the next instruction means. */
  #note(trap: number): void {
    this.#const32(trap)
    this.#op(GLOBAL_SET, this.#trap)
  }

  #fail(trap: number): void {
    this.#note(trap)
    this.#out.byte(UNREACHABLE)
  }

  #op(code: number, immediate: number): void {
    this.#out.byte(code)
    this.#out.unsigned(immediate)
  }

  #op2(count: number, code: number): void {
    this.#out.unsigned(count)
    this.#out.byte(code)
  }

  #const32(value: number): void {
    this.#out.byte(I32_CONST)
    this.#out.signed(value)
  }

  #const64(value: number): void {
    this.#out.byte(I64_CONST)
    this.#out.signed64(BigInt(value))
  }
}

/** Pages that a module's memory may have. */
export function mostPages({ memory }: LiteModule): number {
  return Math.min(memory?.most ?? PAGE_LIMIT, PAGE_LIMIT)
}

function leb(value: number): number[] {
  const writer = ByteWriter.empty()
  writer.unsigned(value)
  const bytes = [...writer.view()]
  writer.release()
  return bytes
}

/** A number at the start of bytes, and where it ends. */
function readLeb(bytes: Uint8Array): [value: number, end: number] {
  let value = 0
  for (let at = 0; ; at++) {
    value += (bytes[at] & 0x7f) * 2 ** (7 * at)
    if (bytes[at] < 0x80) return [value, at + 1]
  }
}
