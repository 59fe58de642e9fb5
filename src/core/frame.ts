import type { World } from './capability.ts'
import { Halt } from './halt.ts'
import type { Environment, Host } from './host.ts'
import { type MemoryArena, memoryGas } from './memory.ts'
import { CallKind, type Context, GasHolder, Message, NO_BYTES } from './message.ts'
import type { Program } from './program.ts'
import type { Opcode } from './table.ts'
import type { Tier } from './tier.ts'
import { readWord, toNumber, writeWord } from './word.ts'

/** How much of its gas a frame may hand on: all that is asked, or all but one 64th (EIP-150). */
export type Lending = 'all' | 'all-but-one-64th'

/**
 * One activation of code: what `execute` sees and changes. Frames are pooled by the driver, one a depth.
 * Rows may use every method here; `pc` is that of the next instruction while a row executes.
 */
export class Frame extends GasHolder implements Context {
  readonly host: Host
  readonly world: World
  readonly arena: MemoryArena
  readonly depth: number
  /** What runs it. */
  tier!: Tier
  /** What this frame was sent; owned by the sender. */
  message!: Message
  /** What this frame sends: filled by a row before it returns `Suspend`. */
  readonly pending = new Message()

  env!: Environment
  program!: Program
  opcodes!: readonly Opcode[]
  /** The last opcode fetched: on a halt the one that halted. */
  opcode!: Opcode
  pc = 0
  /** Transaction-wide count of instructions before the innermost run of the loop; see `Driver.steps`. */
  stepsBefore = 0
  /** The same up to the instruction that executes, itself included; set for rows that READS_STEPS alone. */
  steps = 0

  self = 0n
  caller = 0n
  value = 0n
  input: Uint8Array = NO_BYTES
  isStatic = false

  /** Operands, bottom first; only the first `sp` are live. */
  readonly stack: bigint[] = []
  sp = 0

  /** Words beside the stack, zero until they are set: `registers[r] ?? 0n`. For rows whose `lower` uses them too. */
  registers: bigint[] = []

  /** Where this frame's memory begins in the arena, and how much of it is in use, in bytes. */
  memoryBase = 0
  memorySize = 0

  /** Output of the last message sent (EIP-211). */
  returnData: Uint8Array = NO_BYTES
  /** Set by RETURN and REVERT. */
  output: Uint8Array = NO_BYTES
  /** Journal mark to go back to if this frame fails. */
  checkpoint = 0
  /** How its code ended; set by then. */
  halt: Halt = Halt.None

  constructor(host: Host, world: World, arena: MemoryArena, depth: number) {
    super()
    this.host = host
    this.world = world
    this.arena = arena
    this.depth = depth
  }

  /** Prepares the pooled frame for a message. */
  open(
    message: Message,
    program: Program,
    opcodes: readonly Opcode[],
    env: Environment,
    memoryBase: number,
  ): void {
    const isCreate = message.kind >= CallKind.Create
    this.message = message
    this.program = program
    this.opcodes = opcodes
    this.env = env
    this.pc = 0
    this.self = message.self
    this.caller = message.caller
    this.value = message.value
    this.input = isCreate ? NO_BYTES : message.input
    this.isStatic = message.isStatic
    this.sp = 0
    if (this.registers.length > 0) this.registers = []
    this.gasLow = message.gasLow
    this.gasHigh = message.gasHigh
    this.gasDenied = 0
    this.memoryBase = memoryBase
    this.memorySize = 0
    this.returnData = NO_BYTES
    this.output = NO_BYTES
  }

  // Stack. The loop has checked the row's reach, so neither end is tested here.

  pop(): bigint {
    return this.stack[--this.sp]
  }

  push(word: bigint): void {
    this.stack[this.sp++] = word
  }

  // Gas beyond what GasHolder does.

  /**
   * Moves gas of this frame, and a stipend on top, into the pending message: all that is asked, or at most all but one
   * 64th (EIP-150). False, moving nothing, if all of it is asked for and not there.
   */
  lend(asked: bigint, lending: Lending, stipend: number): boolean {
    const { gasLow, pending } = this
    if (this.gasHigh !== 0) return this.#lendMuch(asked, lending, stipend)
    const most = lending === 'all' ? gasLow : gasLow - (gasLow >> 6)
    const wanted = toNumber(asked)
    if (wanted > most && lending === 'all') return false
    const lent = wanted < most ? wanted : most
    this.gasLow = gasLow - lent
    pending.gasLow = lent
    pending.gasHigh = 0
    if (stipend !== 0) pending.gas += BigInt(stipend)
    return true
  }

  #lendMuch(asked: bigint, lending: Lending, stipend: number): boolean {
    const { gas, pending } = this
    const most = lending === 'all' ? gas : gas - gas / 64n
    if (asked > most && lending === 'all') return false
    const lent = asked < most ? asked : most
    this.gas = gas - lent
    pending.gas = lent + BigInt(stipend)
    return true
  }

  // Memory. Offsets and sizes are in bytes of this frame's memory.

  /**
   * Charges for and makes present the bytes [offset, offset + size); a size of zero touches nothing
   * (Yellow Paper M). Returns None, OutOfGas, or MemoryLimit when the gas is there but the bytes are not.
   */
  expand(offset: bigint, size: bigint): Halt {
    return size === 0n ? Halt.None : this.expandTo(toNumber(offset) + toNumber(size))
  }

  /** As `expand`, for the bytes below `end`. */
  expandTo(end: number): Halt {
    return end <= this.memorySize ? Halt.None : this.#grow(end)
  }

  #grow(end: number): Halt {
    const words = Math.ceil(end / 32)
    const top = this.memoryBase + words * 32
    // Past the limit a double no longer holds the price exactly, but then only the kind of halt is left to choose.
    if (!this.charge(memoryGas(words) - memoryGas(this.memorySize / 32))) return Halt.OutOfGas
    if (top > this.arena.limitBytes) return Halt.MemoryLimit
    this.arena.reserve(top, this.memoryBase + this.memorySize)
    this.memorySize = words * 32
    return Halt.None
  }

  /** The word at `offset`, whose bytes are present. */
  loadWord(offset: number): bigint {
    return readWord(this.arena.view, this.memoryBase + offset)
  }

  storeWord(offset: number, word: bigint): void {
    writeWord(this.arena.view, this.memoryBase + offset, word)
  }

  storeByte(offset: number, byte: number): void {
    this.arena.bytes[this.memoryBase + offset] = byte
  }

  /** A copy of bytes that are present; empty for size zero, whatever the offset. */
  readMemory(offset: bigint, size: bigint): Uint8Array {
    return size === 0n ? NO_BYTES : this.viewMemory(offset, size).slice()
  }

  /** A view of bytes that are present, valid until the next charge of memory or message. */
  viewMemory(offset: bigint, size: bigint): Uint8Array {
    if (size === 0n) return NO_BYTES
    const from = this.memoryBase + toNumber(offset)
    return this.arena.bytes.subarray(from, from + toNumber(size))
  }

  /** Copies `size` bytes of `source` from `sourceOffset` on into memory; bytes beyond its end are zeros. */
  writeMemory(offset: bigint, source: Uint8Array, sourceOffset: bigint, size: bigint): void {
    if (size === 0n) return
    const at = this.memoryBase + toNumber(offset)
    const end = at + toNumber(size)
    const from = Math.min(toNumber(sourceOffset), source.length)
    const part = source.subarray(from, Math.min(source.length, from + toNumber(size)))
    this.arena.bytes.set(part, at)
    this.arena.bytes.fill(0, at + part.length, end)
  }

  /** Copies within memory as if through a buffer (EIP-5656). */
  moveMemory(to: bigint, from: bigint, size: bigint): void {
    if (size === 0n) return
    const source = this.memoryBase + Number(from)
    this.arena.bytes.copyWithin(this.memoryBase + Number(to), source, source + Number(size))
  }

  // Code.

  /** The big-endian value of the `sizeBytes` bytes before `pc`, i.e. of the immediate of the row that executes. */
  immediate(sizeBytes: number): bigint {
    const at = this.pc - sizeBytes
    const { constants } = this.program
    const known = constants[at]
    if (known !== undefined) return known
    return this.#readImmediate(at, sizeBytes)
  }

  #readImmediate(at: number, sizeBytes: number): bigint {
    const { bytes, constants } = this.program
    let value = 0n
    for (let i = 0; i < sizeBytes; i++) value = (value << 8n) | BigInt(bytes[at + i])
    // Filled in order of first use; the array is made whole first so that it stays a plain, fast one.
    if (constants.length === 0) constants.length = bytes.length
    constants[at] = value
    return value
  }

  /** Moves execution to `destination`; InvalidJump unless a JUMPDEST is there. */
  jump(destination: bigint): Halt {
    const target = toNumber(destination)
    if (this.program.jumpDestinations[target] !== 1) return Halt.InvalidJump
    this.pc = target
    return Halt.None
  }
}
