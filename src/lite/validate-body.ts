import { FRAME_LIMIT, frameSlots } from './frame-room.ts'
import { type Instruction, instructionOf, ruleAgainst, type ValueType } from './instructions.ts'
import {
  type Edit,
  type FunctionBody,
  type FunctionType,
  type GlobalType,
  HOST_LIMITS,
  type LocalRun,
} from './module.ts'
import type { Reader } from './reader.ts'
import { readValueType } from './value-type.ts'

/** What a body may refer to. */
export interface BodyContext {
  readonly types: readonly FunctionType[]
  readonly functions: readonly number[]
  readonly globals: readonly GlobalType[]
  readonly hasMemory: boolean
  readonly hasTable: boolean
  readonly elementCount: number
  /** Null where nothing counts them, and then no instruction may name one. */
  readonly dataCount: number | null
}

/** Most locals of a function, of parameters beside: what the frames have room for is less. */
export const LOCAL_LIMIT = 8192

/** The type of an operand; `any` behind code that does not go on. */
type Operand = ValueType | 'any'

/** A block that is open. */
interface Control {
  readonly opener: number
  readonly results: readonly ValueType[]
  /** Operands below it. */
  readonly height: number
  /** No instruction goes on to what comes next: operands are whatever is asked for. */
  isUnreachable: boolean
  /** Whether its first instruction can be reached at all. */
  readonly wasLive: boolean
  isBranchedTo: boolean
}

/** The type of the body's own block is that of its function. Throws `Refusal`. */
export function validateBody(input: Reader, type: number, context: BodyContext): FunctionBody {
  return new BodyValidator(input, type, context).body()
}

/** The algorithm of the standard's appendix, and beside it the blocks of straight code that metering charges for. */
class BodyValidator {
  readonly #in: Reader
  readonly #type: number
  readonly #context: BodyContext
  readonly #params: readonly ValueType[]
  readonly #locals: LocalRun[] = []
  /** The index behind each run of locals, parameters counted. */
  readonly #ends: number[] = []
  readonly #operands: Operand[] = []
  readonly #controls: Control[] = []
  #height = 0
  readonly #edits: Edit[] = []
  /** The block of straight code that instructions are counted for; null where they are never reached. */
  #charge: (Edit & { kind: 'charge' }) | null = null

  constructor(input: Reader, type: number, context: BodyContext) {
    this.#in = input
    this.#type = type
    this.#context = context
    this.#params = context.types[type].params
  }

  body(): FunctionBody {
    const input: Reader = this.#in
    const { results } = this.#context.types[this.#type]
    const start = input.at
    this.#declareLocals()
    const code = input.at
    this.#open(0, results, true)
    this.#beginCharge()
    let end = input.at
    while (this.#controls.length > 0) {
      end = input.at
      this.#instruction()
    }
    if (input.at !== input.end) input.refuse('malformed', `${input.end - input.at} bytes behind the body`)
    const localCount = this.#count - this.#params.length
    const slots = frameSlots(this.#params.length, localCount, this.#height)
    if (slots > FRAME_LIMIT) input.refuse('frame-size', `${slots} slots; at most ${FRAME_LIMIT}`, start)
    return {
      ...{ type: this.#type, start, code, end, locals: this.#locals, localCount, height: this.#height },
      edits: this.#edits.filter((edit) => edit.kind !== 'charge' || edit.gas > 0),
    }
  }

  #declareLocals(): void {
    const input: Reader = this.#in
    input.list(() => {
      const at = input.at
      const count = input.u32()
      const type = readValueType(input)
      const total = count + this.#count
      if (total > LOCAL_LIMIT) input.refuse('frame-size', `${total} locals; at most ${LOCAL_LIMIT}`, at)
      if (count === 0) return
      this.#locals.push({ count, type })
      this.#ends.push(total)
    })
  }

  /** Parameters and locals declared so far. */
  get #count(): number {
    return this.#ends[this.#ends.length - 1] ?? this.#params.length
  }

  #instruction(): void {
    const input: Reader = this.#in
    const at = input.at
    let code = input.byte()
    if (code === 0xfc) code = 0xfc00 + input.u32()
    const instruction = instructionOf(code)
    if (!instruction) input.refuse(ruleAgainst(code), `the instruction 0x${code.toString(16)}`, at)
    if (this.#charge) this.#charge.gas += instruction.gas
    if (!this.#special(instruction, at)) {
      this.#immediate(instruction, at)
      this.#popAll(instruction.takes, at)
      for (const type of instruction.gives) this.#push(type)
      this.#mark(instruction, at)
    }
    if (this.#operands.length > this.#height) this.#height = this.#operands.length
  }

  /** Those whose operands the table does not tell. False for the others. */
  #special({ code, takes }: Instruction, at: number): boolean {
    const input: Reader = this.#in
    switch (code) {
      case 0x00: // unreachable
        this.#edit('unreachable', at)
        this.#stop()
        return true
      case 0x02: // block
      case 0x03: // loop
      case 0x04: {
        const results = this.#blockType()
        this.#popAll(takes, at)
        this.#open(code, results, this.#charge !== null)
        if (code !== 0x02 && this.#charge) this.#beginCharge()
        return true
      }
      case 0x05:
        this.#else(at)
        return true
      case 0x0b:
        this.#end(at)
        return true
      case 0x0c: // br
        this.#popAll(this.#label(), at)
        this.#stop()
        return true
      case 0x0d: {
        // br_if
        const types = this.#label()
        this.#pop('i32', at)
        this.#popAll(types, at)
        for (const type of types) this.#push(type)
        if (this.#charge) this.#beginCharge()
        return true
      }
      case 0x0e:
        this.#branchTable(at)
        return true
      case 0x0f: // return
        this.#popAll(this.#controls[0].results, at)
        this.#edit('return', at)
        this.#stop()
        return true
      case 0x10: // call
        this.#call(this.#context.functions[this.#index('function', this.#context.functions.length)], at)
        this.#edit('call', at)
        if (this.#charge) this.#beginCharge()
        return true
      case 0x11: {
        // call_indirect
        const type = this.#index('type', this.#context.types.length)
        this.#index('table', this.#context.hasTable ? 1 : 0)
        this.#pop('i32', at)
        this.#call(type, at)
        this.#edit('call_indirect', at)
        if (this.#charge) this.#beginCharge()
        return true
      }
      case 0x1a:
        this.#pop('any', at)
        return true
      case 0x1b: {
        // select
        this.#pop('i32', at)
        const second = this.#pop('any', at)
        const first = this.#pop(second, at)
        this.#push(first === 'any' ? second : first)
        return true
      }
      case 0x20: // local.get
        this.#push(this.#local())
        return true
      case 0x21: // local.set
        this.#pop(this.#local(), at)
        return true
      case 0x22: {
        // local.tee
        const type = this.#local()
        this.#pop(type, at)
        this.#push(type)
        return true
      }
      case 0x23: // global.get
        this.#push(this.#context.globals[this.#index('global', this.#context.globals.length)].type)
        return true
      case 0x24: {
        // global.set
        const global = this.#context.globals[this.#index('global', this.#context.globals.length)]
        if (!global.isMutable) input.refuse('mutability', 'a global that does not change is set', at)
        this.#pop(global.type, at)
        return true
      }
    }
    return false
  }

  /** Reads what follows the code of an instruction that is not special. */
  #immediate({ immediate, code, width }: Instruction, at: number): void {
    const input: Reader = this.#in
    switch (immediate) {
      case 'constant':
        input.signed(code === 0x41 ? 32 : 64)
        return
      case 'memory-access': {
        this.#needMemory(at)
        const align = input.u32()
        if (align & 0x40) input.refuse('multi-memory', 'the number of a memory', at)
        if (align > width) input.refuse('alignment', `2^${align} of ${2 ** width} bytes`, at)
        input.u32()
        return
      }
      case 'memory':
        this.#zero()
        this.#needMemory(at)
        return
      case 'memories':
        this.#zero()
        this.#zero()
        this.#needMemory(at)
        return
      case 'data':
      case 'data-and-memory':
        this.#dataIndex(at)
        if (immediate === 'data') return
        this.#zero()
        this.#needMemory(at)
        return
      case 'element':
        this.#index('element segment', this.#context.elementCount)
        return
      case 'element-and-table': {
        const element = input.at
        const index = input.u32()
        this.#index('table', this.#context.hasTable ? 1 : 0)
        if (index >= this.#context.elementCount) input.refuse('index', `no element segment ${index}`, element)
        return
      }
      case 'tables':
        this.#index('table', this.#context.hasTable ? 1 : 0)
        this.#index('table', this.#context.hasTable ? 1 : 0)
    }
  }

  #dataIndex(at: number): void {
    const { dataCount } = this.#context
    if (dataCount === null) this.#in.refuse('data-count', 'data segments are not counted', at)
    this.#index('data segment', dataCount)
  }

  /** The number of the only memory, one byte. */
  #zero(): void {
    const input: Reader = this.#in
    if (input.byte() !== 0) input.refuse('multi-memory', 'the number of a memory', input.at - 1)
  }

  #needMemory(at: number): void {
    if (!this.#context.hasMemory) this.#in.refuse('index', 'no memory 0', at)
  }

  #index(what: string, count: number): number {
    const input: Reader = this.#in
    const at = input.at
    const index = input.u32()
    if (index >= count) input.refuse('index', `no ${what} ${index}`, at)
    return index
  }

  #local(): ValueType {
    const index = this.#index('local', this.#count)
    if (index < this.#params.length) return this.#params[index]
    let low = 0
    for (let high = this.#ends.length - 1; low < high; ) {
      const middle = (low + high) >> 1
      if (this.#ends[middle] > index) high = middle
      else low = middle + 1
    }
    return this.#locals[low].type
  }

  #call(type: number, at: number): void {
    const { params, results } = this.#context.types[type]
    this.#popAll(params, at)
    for (const result of results) this.#push(result)
  }

  /** What metering does with an instruction beyond counting it. */
  #mark({ code, trap }: Instruction, at: number): void {
    if (code === 0x40) this.#edit('memory.grow', at)
    else if (trap === 'integer' || trap === 'table') this.#edit(trap, at)
    if (code > 0xff && this.#isSized(code)) this.#edit('bulk', at)
  }

  /** Instructions of which the topmost operand tells how much they do. */
  #isSized(code: number): boolean {
    return instructionOf(code)?.takes.length === 3 && code !== 0xfc0c && code !== 0xfc0e
  }

  // Blocks.

  #blockType(): readonly ValueType[] {
    const input: Reader = this.#in
    const byte = input.byte()
    if (byte === 0x40) return []
    input.at--
    // A type by its index is a positive number, of which the first byte has this bit clear.
    if (byte < 0x40 || byte >= 0x80) {
      const at = input.at
      if (input.s33() < 0) input.refuse('malformed', 'no type of a block', at)
      input.refuse('multi-value', 'a block with a type of its own', at)
    }
    return [readValueType(input)]
  }

  #open(opener: number, results: readonly ValueType[], wasLive: boolean): void {
    const height = this.#operands.length
    this.#controls.push({ opener, results, height, isUnreachable: false, wasLive, isBranchedTo: false })
  }

  #close(at: number): Control {
    const control = this.#controls[this.#controls.length - 1]
    this.#popAll(control.results, at)
    if (this.#operands.length !== control.height)
      this.#in.refuse('type', `${this.#operands.length - control.height} operands too many in a block`, at)
    this.#controls.pop()
    return control
  }

  #else(at: number): void {
    const control = this.#close(at)
    if (control.opener !== 0x04) this.#in.refuse('control', 'else without if', at)
    this.#open(0x05, control.results, control.wasLive)
    this.#top.isBranchedTo = true
    if (control.wasLive) this.#beginCharge()
    else this.#charge = null
  }

  #end(at: number): void {
    const control = this.#close(at)
    if (control.opener === 0x04 && control.results.length > 0)
      this.#in.refuse('type', 'an if without else gives nothing', at)
    for (const type of control.results) this.#push(type)
    if (this.#controls.length === 0) return
    if (!control.wasLive) this.#charge = null
    // What falls out of a loop, or of a block that nothing branches out of, goes straight on.
    else if (control.opener === 0x04 || (control.opener !== 0x03 && control.isBranchedTo)) this.#beginCharge()
  }

  get #top(): Control {
    return this.#controls[this.#controls.length - 1]
  }

  /** The operands that a branch takes along. */
  #label(): readonly ValueType[] {
    const input: Reader = this.#in
    const at = input.at
    const depth = input.u32()
    if (depth >= this.#controls.length) input.refuse('index', `no label ${depth}`, at)
    const control = this.#controls[this.#controls.length - 1 - depth]
    control.isBranchedTo = true
    return control.opener === 0x03 ? [] : control.results
  }

  #branchTable(at: number): void {
    const input: Reader = this.#in
    this.#pop('i32', at)
    const targets: (readonly ValueType[])[] = []
    input.list(() => targets.push(this.#label()), HOST_LIMITS.labels)
    const types = this.#label()
    for (const target of targets) {
      if (target.length !== types.length) input.refuse('type', 'labels that take different operands', at)
      const popped = [...target].reverse().map((type) => this.#pop(type, at))
      for (const type of popped.reverse()) this.#push(type)
    }
    this.#popAll(types, at)
    this.#stop()
  }

  #stop(): void {
    const control = this.#top
    this.#operands.length = control.height
    control.isUnreachable = true
    this.#charge = null
  }

  // Operands.

  #push(type: Operand): void {
    this.#operands.push(type)
  }

  #pop(wanted: Operand, at: number): Operand {
    const control = this.#top
    if (this.#operands.length === control.height) {
      if (control.isUnreachable) return wanted
      return this.#in.refuse('type', `${wanted === 'any' ? 'an operand' : `an ${wanted}`} is missing`, at)
    }
    const found = this.#operands.pop() as Operand
    if (found !== wanted && found !== 'any' && wanted !== 'any')
      this.#in.refuse('type', `an ${found} where an ${wanted} belongs`, at)
    return found
  }

  #popAll(types: readonly Operand[], at: number): void {
    for (let i = types.length - 1; i >= 0; i--) this.#pop(types[i], at)
  }

  // Metering.

  /** Straight code begins here. */
  #beginCharge(): void {
    this.#charge = { kind: 'charge', at: this.#in.at, nesting: this.#controls.length - 1, gas: 0 }
    this.#edits.push(this.#charge)
  }

  #edit(kind: Exclude<Edit['kind'], 'charge'>, at: number): void {
    if (this.#charge) this.#edits.push({ kind, at, to: this.#in.at, nesting: this.#controls.length - 1 })
  }
}
