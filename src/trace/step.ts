import type { Frame } from '../core/frame.ts'
import { Halt } from '../core/halt.ts'
import { CallKind, type Message, type MessageResult } from '../core/message.ts'
import type { Opcode } from '../core/table.ts'
import type { Tracer } from '../core/tracer.ts'
import { MAX_UINT64 } from '../core/word.ts'
import { messageError } from './message-end.ts'
import { stepError } from './step-error.ts'

/** One instruction with the values before it. It may be kept: nothing in it is changed or used again. */
export interface Step {
  readonly pc: number
  /** The byte at `pc`; 0 past the end of the code. */
  readonly op: number
  readonly opName: string
  /** Gas left. */
  readonly gas: bigint
  /**
   * All that the instruction cost, with the gas lent to a call but, as geth counts, without that lent to a creation.
   * Where it ran out of gas: what it had asked for by then; where it failed the stack check: its static gas.
   */
  readonly gasCost: bigint
  /** 1 for the outermost frame. */
  readonly depth: number
  /** The refund counter, in gas. */
  readonly refund: number
  /** A multiple of 32. */
  readonly memorySizeBytes: number
  /** Bottom first; empty unless asked for. */
  readonly stack: readonly bigint[]
  /** Empty unless asked for. */
  readonly memory: Uint8Array
  /** Output of the last message sent; empty unless asked for. */
  readonly returnData: Uint8Array
  /**
   * Of SLOAD and SSTORE if asked for: the slots of this account seen so far, this one included, as they are after
   * the instruction, or would be if it failed. Null for every other. Valid until the next step.
   */
  readonly storage: ReadonlyMap<bigint, bigint> | null
  readonly halt: Halt
  /** Why it failed; empty if it did not. */
  readonly error: string
}

/** How the outermost message ended. */
export interface RunEnd {
  readonly output: Uint8Array
  /** Gas used by the message: intrinsic gas and refunds are not part of it. */
  readonly gasUsed: bigint
  readonly halt: Halt
  /** Why it failed; empty if it did not. */
  readonly error: string
}

/** Which of the larger values a step has. */
export interface StepFields {
  /** Default true. */
  readonly stack?: boolean
  /** Default false. */
  readonly memory?: boolean
  /** Default false. */
  readonly returnData?: boolean
  /** Default false. */
  readonly storage?: boolean
}

/** What is told of a run. */
export interface StepSink {
  /** The outermost message begins; valid during the call. */
  begin?(message: Message): void
  step(step: Step): void
  end?(end: RunEnd): void
}

const NO_BYTES = new Uint8Array(0)

/** Tells each instruction as a whole: remembers what was before it, and adds cost and error when it has run. */
export class StepTracer implements Tracer {
  readonly #sink: StepSink
  readonly #hasStack: boolean
  readonly #hasMemory: boolean
  readonly #hasReturnData: boolean
  readonly #hasStorage: boolean

  // Before the instruction.
  #pc = 0
  #gas = 0n
  #refund = 0
  #memorySizeBytes = 0
  #stack: readonly bigint[] = []
  #memory: Uint8Array = NO_BYTES
  #returnData: Uint8Array = NO_BYTES
  // The two topmost operands, for the slot that SLOAD and SSTORE name.
  #top = 0n
  #second = 0n

  #startGas = 0n
  readonly #storage = new Map<bigint, Map<bigint, bigint>>()

  constructor(fields: StepFields, sink: StepSink) {
    this.#sink = sink
    this.#hasStack = fields.stack ?? true
    this.#hasMemory = fields.memory ?? false
    this.#hasReturnData = fields.returnData ?? false
    this.#hasStorage = fields.storage ?? false
  }

  enter(message: Message): void {
    if (message.depth !== 0) return
    this.#startGas = message.gas
    this.#storage.clear()
    this.#sink.begin?.(message)
  }

  step(frame: Frame): void {
    const { sp, stack } = frame
    this.#pc = frame.pc
    this.#gas = frame.gas
    this.#refund = frame.host.refund
    this.#memorySizeBytes = frame.memorySize
    if (this.#hasStack) this.#stack = stack.slice(0, sp)
    if (this.#hasMemory) this.#memory = frame.readMemory(0n, BigInt(frame.memorySize))
    if (this.#hasReturnData) this.#returnData = frame.returnData.slice()
    if (this.#hasStorage) {
      this.#top = sp > 0 ? stack[sp - 1] : 0n
      this.#second = sp > 1 ? stack[sp - 2] : 0n
    }
  }

  stepEnd(frame: Frame, opcode: Opcode, halt: Halt): void {
    this.#sink.step({
      pc: this.#pc,
      op: opcode.code,
      opName: opcode.name,
      gas: this.#gas,
      gasCost: this.#costOf(frame, opcode, halt),
      depth: frame.depth + 1,
      refund: this.#refund,
      memorySizeBytes: this.#memorySizeBytes,
      stack: this.#stack,
      memory: this.#memory,
      returnData: this.#returnData,
      storage: this.#hasStorage ? this.#slots(frame, opcode, halt) : null,
      halt,
      error: stepError(frame, opcode, halt),
    })
  }

  exit(message: Message, { halt, output, gas }: MessageResult, frame: Frame | null): void {
    if (message.depth !== 0) return
    this.#sink.end?.({ output, gasUsed: this.#startGas - gas, halt, error: messageError(halt, frame) })
  }

  #costOf(frame: Frame, opcode: Opcode, halt: Halt): bigint {
    if (halt === Halt.StackUnderflow || halt === Halt.StackOverflow) return BigInt(opcode.gas)
    const taken = this.#gas - frame.gas
    if (halt === Halt.OutOfGas) {
      // What no gas could pay may be Infinity, and other programs read 64 bits.
      const asked = taken + BigInt(Math.min(frame.gasDenied, Number.MAX_SAFE_INTEGER))
      return asked < MAX_UINT64 ? asked : MAX_UINT64
    }
    if (halt !== Halt.Suspend) return taken
    const { pending } = frame
    return pending.kind >= CallKind.Create ? taken - pending.gas : taken
  }

  /**
   * Only what the instruction itself has read or written: the state is not asked. As geth, a write is shown even where it
   * failed, unless for want of operands.
   */
  #slots(frame: Frame, { name }: Opcode, halt: Halt): ReadonlyMap<bigint, bigint> | null {
    const reads = name === 'SLOAD' && halt === Halt.None
    const writes = name === 'SSTORE' && halt !== Halt.StackUnderflow
    if (!reads && !writes) return null
    const slots = this.#storage.get(frame.self) ?? new Map<bigint, bigint>()
    this.#storage.set(frame.self, slots)
    return slots.set(this.#top, reads ? frame.stack[frame.sp - 1] : this.#second)
  }
}
