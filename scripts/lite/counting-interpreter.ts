import { frameSlots } from '../../src/lite/frame-room.ts'
import type { Allowance, Imports, Instance, Prepared, Value } from '../../src/lite/instance.ts'
import { startGas, startTrap } from '../../src/lite/instance.ts'
import { type Instruction, instructionOf, SIZE_GAS, type ValueType } from '../../src/lite/instructions.ts'
import { mostPages, TRAP } from '../../src/lite/meter.ts'
import { type FunctionBody, type LiteModule, PAGE_BYTES } from '../../src/lite/module.ts'
import { Reader } from '../../src/lite/reader.ts'

/*
 * The meaning of a module and of its gas, told a second time and slowly: instruction by instruction over the module as
 * it was written. Tests hold the metered module on the host's engine to it. It reads bodies by itself and knows nothing
 * of edits.
 */

/** An instruction of a body, with what follows its code, and where control goes. */
interface Step {
  readonly instruction: Instruction
  readonly numbers: readonly number[]
  readonly constant: bigint
  /** Position of the `end` of the block that begins here, or that this `else` belongs to. */
  end: number
  /** Position of the `else` of an `if`, or −1. */
  otherwise: number
  /** Of a block: whether something branches to its end. Of an `end`: whether straight code ends there. */
  isTarget: boolean
  results: number
}

class Trapped {
  readonly trap: number
  /** Whether the rest of the straight code where it came up has been looked at. */
  isSettled = false

  constructor(trap: number) {
    this.trap = trap
  }
}

interface Code {
  readonly body: FunctionBody
  readonly params: number
  readonly results: number
  readonly steps: readonly Step[]
  readonly slots: number
}

/** As `prepareModule` prepares one, to be run by counting. The module is one that is valid. */
export function prepareCounting(module: LiteModule): Prepared {
  const codes = module.bodies.map((body) => codeOf(module, body))
  return {
    ...{ module, startGas: startGas(module), startTrap: startTrap(module) },
    start: (imports, allowance) => new CountingInstance(module, codes, imports, allowance),
  }
}

function codeOf(module: LiteModule, body: FunctionBody): Code {
  const { params, results } = module.types[body.type]
  const input = new Reader(module.bytes, body.code, body.end + 1)
  const steps: Step[] = []
  const open: number[] = []
  while (input.at < input.end) steps.push(readStep(input, module))
  const blocks = steps.map((step) => step.instruction.name)
  for (const [at, { instruction, numbers }] of steps.entries()) {
    const { name } = instruction
    if (['block', 'loop', 'if'].includes(name)) open.push(at)
    else if (name === 'else') steps[open[open.length - 1]].otherwise = at
    else if (name.startsWith('br'))
      for (const depth of numbers) {
        const to = open[open.length - 1 - depth]
        if (to !== undefined) steps[to].isTarget = true
      }
    else if (name === 'end' && open.length > 0) {
      const from = open.pop() as number
      const opener = steps[from]
      opener.end = at
      if (opener.otherwise >= 0) steps[opener.otherwise].end = at
      steps[at].isTarget = blocks[from] === 'if' || (blocks[from] === 'block' && opener.isTarget)
    }
  }
  const slots = frameSlots(params.length, body.localCount, body.height)
  return { body, params: params.length, results: results.length, steps, slots }
}

function readStep(input: Reader, module: LiteModule): Step {
  let code = input.byte()
  if (code === 0xfc) code = 0xfc00 + input.u32()
  const instruction = instructionOf(code)
  if (!instruction) throw new Error(`no instruction ${code}`)
  const numbers: number[] = []
  let constant = 0n
  let results = 0
  switch (instruction.immediate) {
    case 'none':
      break
    case 'block':
      results = input.byte() === 0x40 ? 0 : 1
      break
    case 'labels':
      input.list(() => numbers.push(input.u32()))
      numbers.push(input.u32())
      break
    case 'constant':
      constant = readConstant(input)
      break
    case 'memory-access':
    case 'memories':
    case 'indirect':
    case 'data-and-memory':
    case 'element-and-table':
    case 'tables':
      numbers.push(input.u32(), input.u32())
      break
    default:
      numbers.push(input.u32())
  }
  if (instruction.name === 'call') results = module.types[module.functions[numbers[0]]].results.length
  return { instruction, numbers, constant, end: -1, otherwise: -1, isTarget: false, results }
}

function readConstant(input: Reader): bigint {
  let value = 0n
  for (let shift = 0n; ; shift += 7n) {
    const byte = BigInt(input.byte())
    value |= (byte & 0x7fn) << shift
    if (byte < 0x80n) return BigInt.asIntN(Number(shift + 7n), value)
  }
}

/** A label that is open: where a branch to it goes, with how many operands, above what height. */
interface Label {
  readonly to: number
  readonly arity: number
  readonly height: number
  readonly isLoop: boolean
}

class CountingInstance implements Instance {
  gas: bigint
  room: number
  pages: number
  bytes: Uint8Array<ArrayBuffer>
  readonly #allowed: number
  readonly #module: LiteModule
  readonly #codes: readonly Code[]
  readonly #imports: Imports
  readonly #globals: bigint[]
  readonly #table: (number | null)[]
  readonly #data: Uint8Array[]
  readonly #elements: number[][]

  constructor(module: LiteModule, codes: readonly Code[], imports: Imports, allowance: Allowance) {
    this.#module = module
    this.#codes = codes
    this.#imports = imports
    this.gas = allowance.gas
    this.room = allowance.room
    this.#allowed = allowance.room
    this.pages = allowance.pages
    this.bytes = new Uint8Array((module.memory?.least ?? 0) * PAGE_BYTES)
    this.#globals = readGlobals(module)
    this.#table = new Array(module.table?.least ?? 0).fill(null)
    this.#data = readData(module)
    this.#elements = readElements(module)
    for (const [i, { offset }] of module.elements.entries())
      if (offset !== null) {
        for (const [j, index] of this.#elements[i].entries()) this.#table[offset + j] = index
        this.#elements[i] = []
      }
    for (const [i, { offset }] of module.data.entries())
      if (offset !== null) {
        this.bytes.set(this.#data[i], offset)
        this.#data[i] = new Uint8Array(0)
      }
  }

  call(name: string, args: readonly Value[]): { result: Value | undefined } | { trap: number } {
    const { index } = this.#module.exports.find((each) => each.name === name) as { index: number }
    this.room = this.#allowed
    try {
      const type = this.#module.types[this.#module.functions[index]]
      const results = this.#invoke(index, args.map(BigInt))
      return { result: results.length === 0 ? undefined : toValue(results[0], type.results[0]) }
    } catch (error) {
      if (error instanceof Trapped) return { trap: error.trap }
      throw error
    }
  }

  #invoke(index: number, args: bigint[]): bigint[] {
    const { imports, types, functions } = this.#module
    if (index < imports.length) {
      const { params, results } = types[functions[index]]
      const result = this.#imports[imports[index].name](...args.map((arg, i) => toValue(arg, params[i])))
      return results.length === 0 ? [] : [BigInt(result as Value)]
    }
    const code = this.#codes[index - imports.length]
    if (this.room < code.slots) throw new Trapped(TRAP.depth)
    this.room -= code.slots
    const results = this.#run(code, args)
    this.room += code.slots
    return results
  }

  #run(code: Code, args: bigint[]): bigint[] {
    const { steps } = code
    const locals = [...args, ...new Array<bigint>(code.body.localCount).fill(0n)]
    const stack: bigint[] = []
    const labels: Label[] = [{ to: steps.length, arity: code.results, height: 0, isLoop: false }]
    let at = 0
    const branch = (depth: number): void => {
      const { to, arity, height, isLoop } = labels[labels.length - 1 - depth]
      const kept = arity === 0 ? [] : stack.splice(-arity)
      stack.length = height
      stack.push(...kept)
      labels.length -= isLoop ? depth : depth + 1
      at = to
    }
    while (at < steps.length) {
      const step = steps[at]
      const { instruction, numbers, end, otherwise } = step
      try {
        this.#spend(BigInt(instruction.gas))
        at++
        switch (instruction.name) {
          case 'unreachable':
            throw new Trapped(TRAP.unreachable)
          case 'block':
            labels.push({ to: end + 1, arity: step.results, height: stack.length, isLoop: false })
            break
          case 'loop':
            labels.push({ to: at, arity: 0, height: stack.length, isLoop: true })
            break
          case 'if': {
            const condition = stack.pop()
            labels.push({ to: end + 1, arity: step.results, height: stack.length, isLoop: false })
            if (condition === 0n) at = otherwise >= 0 ? otherwise + 1 : end
            break
          }
          case 'else':
            at = end
            break
          case 'end':
            labels.pop()
            break
          case 'br':
            branch(numbers[0])
            break
          case 'br_if':
            if (stack.pop() !== 0n) branch(numbers[0])
            break
          case 'br_table': {
            const chosen = Number(BigInt.asUintN(32, stack.pop() as bigint))
            branch(numbers[Math.min(chosen, numbers.length - 1)])
            break
          }
          case 'return':
            branch(labels.length - 1)
            break
          case 'call':
            this.#call(numbers[0], stack)
            break
          case 'call_indirect': {
            const entry = Number(BigInt.asUintN(32, stack.pop() as bigint))
            const index = this.#table[entry] ?? null
            const { types, functions } = this.#module
            if (index === null || !isSameType(types[functions[index]], types[numbers[0]]))
              throw new Trapped(TRAP.indirectCall)
            this.#call(index, stack)
            break
          }
          default:
            this.#plain(step, stack, locals)
        }
      } catch (error) {
        // A block is charged when it is entered: what of it comes after the trap has been paid for, or could not be.
        if (error instanceof Trapped && error.trap !== TRAP.outOfGas && !error.isSettled) {
          error.isSettled = true
          // A call, and what never goes on, ends its block itself.
          if (!/^(call|unreachable)/.test(instruction.name)) this.#spend(restOf(steps, at))
        }
        throw error
      }
    }
    return stack
  }

  #spend(gas: bigint): void {
    if (this.gas < gas) throw new Trapped(TRAP.outOfGas)
    this.gas -= gas
  }

  #call(index: number, stack: bigint[]): void {
    const { types, functions } = this.#module
    const count = types[functions[index]].params.length
    const args = count === 0 ? [] : stack.splice(-count)
    stack.push(...this.#invoke(index, args))
  }

  #plain({ instruction, numbers, constant }: Step, stack: bigint[], locals: bigint[]): void {
    const { name, takes, gives } = instruction
    switch (name) {
      case 'nop':
        return
      case 'drop':
        stack.pop()
        return
      case 'select': {
        const condition = stack.pop()
        const second = stack.pop() as bigint
        if (condition === 0n) stack[stack.length - 1] = second
        return
      }
      case 'local.get':
        stack.push(locals[numbers[0]])
        return
      case 'local.set':
        locals[numbers[0]] = stack.pop() as bigint
        return
      case 'local.tee':
        locals[numbers[0]] = stack[stack.length - 1]
        return
      case 'global.get':
        stack.push(this.#globals[numbers[0]])
        return
      case 'global.set':
        this.#globals[numbers[0]] = stack.pop() as bigint
        return
      case 'i32.const':
      case 'i64.const':
        stack.push(constant)
        return
      case 'memory.size':
        stack.push(BigInt(this.bytes.length / PAGE_BYTES))
        return
      case 'data.drop':
        this.#data[numbers[0]] = new Uint8Array(0)
        return
      case 'elem.drop':
        this.#elements[numbers[0]] = []
        return
    }
    const operands = stack.splice(stack.length - takes.length)
    if (takes.length === 3) this.#bulk(name, numbers, operands.map(unsigned32))
    else if (name === 'memory.grow') stack.push(this.#grow(unsigned32(operands[0])))
    else if (name.includes('.load')) stack.push(this.#load(name, instruction.width, numbers[1], operands[0]))
    else if (name.includes('.store')) this.#store(instruction.width, numbers[1], operands)
    else stack.push(compute(name, takes[0], gives[0], operands))
  }

  #grow(pages: number): bigint {
    const before = this.bytes.length / PAGE_BYTES
    if (before + pages > mostPages(this.#module)) return -1n
    if (pages > this.pages) throw new Trapped(TRAP.memoryLimit)
    this.pages -= pages
    this.#spend(BigInt(pages * SIZE_GAS.page))
    const grown = new Uint8Array((before + pages) * PAGE_BYTES)
    grown.set(this.bytes)
    this.bytes = grown
    return BigInt(before)
  }

  #address(base: bigint, offset: number, size: number): number {
    const at = unsigned32(base) + offset
    if (at + size > this.bytes.length) throw new Trapped(TRAP.memory)
    return at
  }

  #load(name: string, width: number, offset: number, base: bigint): bigint {
    const size = 2 ** width
    const at = this.#address(base, offset, size)
    let value = 0n
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[at + i])
    if (name.endsWith('_u')) return value
    const bits = name.endsWith('_s') ? 8 * size : name.startsWith('i32') ? 32 : 64
    return BigInt.asIntN(bits, value)
  }

  #store(width: number, offset: number, [base, value]: readonly bigint[]): void {
    const size = 2 ** width
    const at = this.#address(base, offset, size)
    for (let i = 0; i < size; i++) this.bytes[at + i] = Number((value >> BigInt(8 * i)) & 0xffn)
  }

  #bulk(name: string, numbers: readonly number[], [to, from, count]: readonly number[]): void {
    const isTable = name.startsWith('table')
    this.#spend(BigInt(isTable ? count * SIZE_GAS.entry : Math.ceil(count / 32) * SIZE_GAS.word))
    const trap = new Trapped(isTable ? TRAP.indirectCall : TRAP.memory)
    const room = isTable ? this.#table.length : this.bytes.length
    if (to + count > room) throw trap
    switch (name) {
      case 'memory.fill':
        this.bytes.fill(from & 0xff, to, to + count)
        return
      case 'memory.copy':
        if (from + count > room) throw trap
        this.bytes.copyWithin(to, from, from + count)
        return
      case 'memory.init': {
        const data = this.#data[numbers[0]]
        if (from + count > data.length) throw trap
        this.bytes.set(data.subarray(from, from + count), to)
        return
      }
      case 'table.copy':
        if (from + count > room) throw trap
        this.#table.copyWithin(to, from, from + count)
        return
      case 'table.init': {
        const elements = this.#elements[numbers[0]]
        if (from + count > elements.length) throw trap
        for (let i = 0; i < count; i++) this.#table[to + i] = elements[from + i]
      }
    }
  }
}

/** Gas of the straight code from a place on. */
function restOf(steps: readonly Step[], from: number): bigint {
  let gas = 0n
  for (let at = from; at < steps.length; at++) {
    const { instruction, isTarget } = steps[at]
    const { name } = instruction
    if (name === 'else' || (name === 'end' && isTarget)) return gas
    gas += BigInt(instruction.gas)
    if (/^(br|br_if|br_table|return|unreachable|call|call_indirect|loop|if)$/.test(name)) return gas
  }
  return gas
}

function isSameType(a: LiteModule['types'][number], b: LiteModule['types'][number]): boolean {
  return `${a.params}:${a.results}` === `${b.params}:${b.results}`
}

function toValue(value: bigint, type: ValueType): Value {
  return type === 'i32' ? Number(BigInt.asIntN(32, value)) : BigInt.asIntN(64, value)
}

const unsigned32 = (value: bigint) => Number(BigInt.asUintN(32, value))

/** Arithmetic by the name of an instruction; values are held as signed. */
function compute(name: string, takes: ValueType, gives: ValueType, [a, b = 0n]: readonly bigint[]): bigint {
  const bits = takes === 'i32' ? 32 : 64
  const operation = name.slice(4)
  const value = calculate(operation, bits, a, b, BigInt.asUintN(bits, a), BigInt.asUintN(bits, b))
  return BigInt.asIntN(gives === 'i32' ? 32 : 64, value)
}

function calculate(operation: string, bits: number, a: bigint, b: bigint, ua: bigint, ub: bigint): bigint {
  const shift = ub % BigInt(bits)
  const size = BigInt(bits)
  if (/^(div|rem)_/.test(operation)) {
    if (b === 0n) throw new Trapped(TRAP.integer)
    if (operation === 'div_s' && b === -1n && a === -(1n << (size - 1n))) throw new Trapped(TRAP.integer)
  }
  switch (operation) {
    case 'eqz':
      return BigInt(a === 0n)
    case 'eq':
      return BigInt(a === b)
    case 'ne':
      return BigInt(a !== b)
    case 'lt_s':
      return BigInt(a < b)
    case 'lt_u':
      return BigInt(ua < ub)
    case 'gt_s':
      return BigInt(a > b)
    case 'gt_u':
      return BigInt(ua > ub)
    case 'le_s':
      return BigInt(a <= b)
    case 'le_u':
      return BigInt(ua <= ub)
    case 'ge_s':
      return BigInt(a >= b)
    case 'ge_u':
      return BigInt(ua >= ub)
    case 'clz':
      return size - BigInt(ua === 0n ? 0 : ua.toString(2).length)
    case 'ctz':
      return ua === 0n ? size : BigInt(ua.toString(2).length - ua.toString(2).lastIndexOf('1') - 1)
    case 'popcnt':
      return BigInt(ua.toString(2).replaceAll('0', '').length)
    case 'add':
      return a + b
    case 'sub':
      return a - b
    case 'mul':
      return a * b
    case 'div_s':
      return a / b
    case 'div_u':
      return ua / ub
    case 'rem_s':
      return a % b
    case 'rem_u':
      return ua % ub
    case 'and':
      return a & b
    case 'or':
      return a | b
    case 'xor':
      return a ^ b
    case 'shl':
      return a << shift
    case 'shr_s':
      return a >> shift
    case 'shr_u':
      return ua >> shift
    case 'rotl':
      return (ua << shift) | (ua >> (size - shift))
    case 'rotr':
      return (ua >> shift) | (ua << (size - shift))
    case 'wrap_i64':
      return a
    case 'extend_i32_s':
      return a
    case 'extend_i32_u':
      return ua
    case 'extend8_s':
      return BigInt.asIntN(8, a)
    case 'extend16_s':
      return BigInt.asIntN(16, a)
    case 'extend32_s':
      return BigInt.asIntN(32, a)
  }
  throw new Error(`no operation ${operation}`)
}

function spanReader({ bytes, sections }: LiteModule, id: number): Reader | null {
  const span = sections.find((each) => each.id === id)
  return span ? new Reader(bytes, span.start, span.end) : null
}

function readGlobals(module: LiteModule): bigint[] {
  const values: bigint[] = []
  const input = spanReader(module, 6)
  input?.list(() => {
    input.take(3)
    values.push(readConstant(input))
    input.byte()
  })
  return values
}

function readData(module: LiteModule): Uint8Array[] {
  const parts: Uint8Array[] = []
  const input = spanReader(module, 11)
  input?.list(() => {
    const flags = input.u32()
    if (flags === 2) input.u32()
    if (flags !== 1) skipOffset(input)
    parts.push(input.take(input.u32()))
  })
  return parts
}

function readElements(module: LiteModule): number[][] {
  const segments: number[][] = []
  const input = spanReader(module, 9)
  input?.list(() => {
    const flags = input.u32()
    if (flags === 2) input.u32()
    if (flags !== 1) skipOffset(input)
    if (flags !== 0) input.byte()
    const entries: number[] = []
    input.list(() => entries.push(input.u32()))
    segments.push(entries)
  })
  return segments
}

function skipOffset(input: Reader): void {
  input.byte()
  readConstant(input)
  input.byte()
}
