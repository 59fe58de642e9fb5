import type { Runtime, World } from './capability.ts'
import type { Crypto, NativePrimitive } from './crypto.ts'
import { ERROR_CODES, ZvmError } from './errors.ts'
import { Frame } from './frame.ts'
import { Halt, isExceptional, isSuccess } from './halt.ts'
import type { Environment, Host } from './host.ts'
import type { LoopOutcome } from './interpreter.ts'
import { MEMORY_LIMIT_BYTES } from './memory.ts'
import { CallKind, type Message, MessageResult, NO_BYTES } from './message.ts'
import type { Precompile } from './precompile.ts'
import type { Program } from './program.ts'
import type { Table } from './table.ts'
import { type Format, type Formats, type FrameKeeper, referenceTier, type Tier } from './tier.ts'
import type { Tracer } from './tracer.ts'
import { MAX_UINT64 } from './word.ts'

/** Frames that may be open under the transaction's own (Yellow Paper 9.1). */
export const DEPTH_LIMIT = 1024

/** After so many instructions a message that a tier sends looks whether the run has become void. */
const SLICE_STEPS = 1 << 16

/** Limits beside gas. Each ends the run with its own halt; both are the same in every tier. */
export interface Limits {
  /** Instructions of one transaction, all frames together. */
  readonly steps: number
  /** Bytes of memory of all open frames together. */
  readonly memoryBytes: number
}

/** None on steps; on memory what every run is bound by. */
export const NO_LIMITS: Limits = { steps: Number.MAX_SAFE_INTEGER, memoryBytes: MEMORY_LIMIT_BYTES }

/**
 * Runs messages on an explicit stack of frames, never on the host's own. The only place that enters and leaves
 * frames, takes and reverts checkpoints, runs precompiles and calls the tracer. Between any two steps it may be left
 * alone, inspected and taken up again. One driver serves many messages, one after the other.
 */
export class Driver implements FrameKeeper, World {
  readonly table: Table
  readonly host: Host
  readonly crypto: Crypto
  readonly limits: Limits
  tracer: Tracer | null = null
  /** Formats of code beside the table's. Chosen before a message begins. */
  formats: Formats | null = null
  #runtime: Runtime | null = null
  denied = ''
  /** Instructions begun since the last `begin`. */
  steps = 0
  /** Frames open now; the innermost is `frames[open - 1]`. */
  open = 0
  /** How the last message of depth 0 ended; valid until the next `begin`. */
  readonly result = new MessageResult()

  #env!: Environment
  #frames: Frame[] = []
  readonly #fast: Tier | null
  /** What runs the frames: the fast tier, unless somebody looks at each step. */
  #tier: Tier
  readonly #reference: Tier
  readonly #delivered = new MessageResult()
  readonly #outcome: LoopOutcome = { halt: Halt.None, steps: 0 }

  /**
   * `fast` runs all that nobody traces step by step; without it the reference tier runs everything. Throws BAD_TABLE
   * where `crypto` lacks what the table needs.
   */
  constructor(
    table: Table,
    host: Host,
    crypto: Crypto,
    limits: Limits = NO_LIMITS,
    fast: Tier | null = null,
  ) {
    for (const { needs } of table.deltas) demand(crypto, needs, `table ${table.name}`)
    this.table = table
    this.host = host
    this.crypto = crypto
    this.limits = limits
    this.#reference = referenceTier(limits.memoryBytes)
    this.#fast = fast
    this.#tier = fast ?? this.#reference
  }

  get runtime(): Runtime | null {
    return this.#runtime
  }

  /** Throws BAD_TABLE where the primitives lack what its calls need. */
  set runtime(runtime: Runtime | null) {
    demand(this.crypto, runtime?.needs, 'the runtime')
    this.#runtime = runtime
  }

  /** The open frames, outermost first. */
  get frames(): readonly Frame[] {
    return this.#frames.slice(0, this.open)
  }

  /**
   * Starts a transaction's own message, leaving what was open. A precompile or empty account ends at once. Throws USAGE,
   * as all that runs, when a message of this driver runs already: what it calls may run another one, not itself.
   */
  begin(message: Message, env: Environment): void {
    this.demandIdle()
    this.abandon()
    this.#chooseTier()
    this.#watch(() => {
      this.#tier.begin(this.table, this)
      this.formats?.begin(this.table, this)
      this.#env = env
      this.steps = 0
      this.denied = ''
      this.#runtime?.begin?.()
      this.#enter(message)
    })
  }

  /** Leaves what is open, as who begins no other message must: others may use the same tier. */
  abandon(): void {
    if (this.open === 0) return
    while (this.open > 0) this.#close(false)
    // What was thrown may have passed by where a frame's size is told.
    this.#tier.arena.spoil()
  }

  /** Throws USAGE while a message of this driver runs: what it calls may run another driver, not this one. */
  demandIdle(): void {
    if (this.#tier.user === this) throw new ZvmError(ERROR_CODES.usage, 'a message runs already')
  }

  /** Does a part of a message. What is thrown, by whatever is called, ends it. */
  #watch(work: () => void): void {
    this.demandIdle()
    const tier = this.#tier
    tier.user = this
    try {
      work()
    } catch (error) {
      this.abandon()
      throw error
    } finally {
      tier.user = null
    }
  }

  /** Runs to the end of the message begun. */
  run(): MessageResult {
    this.runFor(Number.MAX_SAFE_INTEGER)
    return this.result
  }

  /** Runs to the end, or until `budget` more instructions have been begun; `open` tells which. */
  runFor(budget: number): void {
    this.#watch(() => this.#runUntil(this.steps + budget, 0))
  }

  /** Runs one instruction of the innermost frame; false once nothing is open. */
  step(): boolean {
    if (this.open > 0) this.#watch(() => this.#advance(1))
    return this.open > 0
  }

  /** Runs until so many instructions are begun, or no more than `floor` frames are open. */
  #runUntil(steps: number, floor: number): void {
    while (this.open > floor && this.steps < steps)
      this.#advance(this.#seesSteps() ? 1 : Math.min(steps, this.limits.steps) - this.steps)
  }

  /** Runs at most `budget` instructions of the innermost frame and settles how that ended. */
  #advance(budget: number): void {
    const frame = this.#frames[this.open - 1]
    frame.stepsBefore = this.steps
    const outcome = this.#outcome
    if (this.steps >= this.limits.steps) {
      outcome.halt = Halt.StepLimit
      outcome.steps = 0
    } else {
      this.tracer?.step?.(frame, frame.opcodes[frame.program.bytes[frame.pc]])
      frame.tier.run(frame, budget, outcome)
    }
    this.steps += outcome.steps
    let { halt } = outcome
    if (outcome.steps > 0) this.tracer?.stepEnd?.(frame, frame.opcode, halt)
    if (halt === Halt.SelfDestruct) this.tracer?.destroy?.(frame)
    // A loop: a frame may end because of the result it is handed, and so may the one that sent it, a thousand deep.
    while (halt !== Halt.None) {
      const innermost = this.#frames[this.open - 1]
      halt = halt === Halt.Suspend ? this.#enter(innermost.pending) : this.#leave(innermost, halt)
    }
  }

  /**
   * Begins a message: moves value, then runs a precompile, ends at once for want of code, or opens a frame; or refuses
   * it, its gas kept. Returns what the sender's row made of the result, None while there is none.
   */
  #enter(message: Message): Halt {
    const { host, table } = this
    this.tracer?.enter?.(message)
    const isCreate = message.kind >= CallKind.Create
    if (this.open > 0) {
      const refusal = this.#refusal(message, isCreate)
      if (refusal !== Halt.None) return this.#settle(message, host.checkpoint(), refusal)
      if (isCreate) host.setNonce(message.caller, host.nonce(message.caller) + 1n)
    }
    if (isCreate && table.rules.warmth) host.warmAddress(message.self)
    const checkpoint = host.checkpoint()
    if (isCreate) {
      if (host.collides(message.self)) return this.#settle(message, checkpoint, Halt.AddressCollision)
      host.createContract(message.self, BigInt(table.rules.create.initialNonce))
    }
    if (message.kind === CallKind.Call || isCreate) host.transfer(message.caller, message.self, message.value)
    else if (message.kind === CallKind.StaticCall) host.touch(message.to)

    const precompile = message.to === message.codeAddress ? table.precompiles.get(message.to) : undefined
    if (precompile && !isCreate) return this.#runPrecompile(precompile, message, checkpoint)
    const code = isCreate ? message.input : host.code(message.codeAddress)
    if (code.length === 0) {
      this.#tier.answer(message)
      return this.#settle(message, checkpoint, Halt.Stop)
    }
    const format = this.formats?.formatOf(message, code) ?? null
    const program = (format?.table ?? table).program(format?.code ?? code)
    const frame = this.adopt(message, program, checkpoint, format)
    frame.tier.open(frame)
    return Halt.None
  }

  send(frame: Frame): void {
    const { open, steps } = this
    this.#enter(frame.pending)
    while (this.open > open && !(this.host.isVoid && this.steps - steps > SLICE_STEPS))
      this.#runUntil(this.steps + SLICE_STEPS, open)
  }

  /** Why a message that a frame sends is not run, None if it is. Whoever begins one of depth 0 has looked to that. */
  #refusal({ kind, depth, caller, value }: Message, isCreate: boolean): Halt {
    const { host } = this
    if (depth > DEPTH_LIMIT) return Halt.DepthExceeded
    if (value !== 0n && kind !== CallKind.DelegateCall && host.balance(caller) < value)
      return Halt.InsufficientBalance
    return isCreate && host.nonce(caller) === MAX_UINT64 ? Halt.NonceOverflow : Halt.None
  }

  adopt(message: Message, program: Program, checkpoint: number, format: Format | null = null): Frame {
    const table = format?.table ?? this.table
    const tier = format?.tier ?? this.#tier
    const { arena } = tier
    const parent = this.open > 0 ? this.#frames[this.open - 1] : null
    const memoryBase = parent ? parent.memoryBase + parent.memorySize : 0
    let frame = this.#frames[this.open]
    if (frame?.arena !== arena) frame = new Frame(this.host, this, arena, this.open)
    this.#frames[this.open] = frame
    frame.tier = tier
    const opcodes = message.isStatic ? table.staticOpcodes : table.opcodes
    frame.open(message, program, opcodes, this.#env, memoryBase)
    frame.checkpoint = checkpoint
    frame.stepsBefore = this.steps
    this.open++
    return frame
  }

  /** Whether each instruction must be shown. */
  #seesSteps(): unknown {
    return this.tracer?.step ?? this.tracer?.stepEnd
  }

  /**
   * Frames belong to a tier: they lie in its memory. One in which a message runs has no room for another, and a fast one
   * knows only frames of the driver's table.
   */
  #chooseTier(): void {
    const fast = this.formats ? null : this.#fast
    const tier = fast && !fast.user && !this.#seesSteps() ? fast : this.#reference
    if (tier === this.#tier) return
    this.#tier = tier
    this.#frames = []
  }

  #runPrecompile(precompile: Precompile, message: Message, checkpoint: number): Halt {
    if (!message.charge(precompile.gas(message.input)))
      return this.#settle(message, checkpoint, Halt.OutOfGas)
    const output = precompile.run(message.input, this.crypto)
    if (!output) return this.#settle(message, checkpoint, Halt.PrecompileFailure)
    this.#tier.answer(message, precompile)
    return this.#settle(message, checkpoint, Halt.Return, output)
  }

  /** Ends a frame that halted: the deposit of a creation, then its result for the sender. */
  #leave(frame: Frame, halted: Halt): Halt {
    const { message, output } = frame
    let halt = halted
    let result = isSuccess(halt) || halt === Halt.Revert ? output : NO_BYTES
    if (isSuccess(halt) && message.kind >= CallKind.Create) {
      halt = this.#deposit(frame)
      result = NO_BYTES
    }
    message.gasLow = frame.gasLow
    message.gasHigh = frame.gasHigh
    frame.halt = halted
    this.#close(isSuccess(halt))
    return this.#settle(message, frame.checkpoint, halt, result, frame)
  }

  #close(stands: boolean): void {
    const frame = this.#frames[--this.open]
    frame.tier.close(frame, stands)
    frame.arena.release(frame.memoryBase, frame.memoryBase + frame.memorySize)
  }

  /** Makes the output of initcode the account's code, charging the frame that ran it (Yellow Paper 7). */
  #deposit(frame: Frame): Halt {
    const { output: code, message } = frame
    const rules = this.table.rules.create
    const tooLong = code.length > rules.codeLimit ? Halt.CodeSizeExceeded : Halt.None
    const isForbidden = code[0] === rules.forbiddenFirstByte
    const price = code.length * rules.depositPerByte
    const verdict =
      this.formats?.verdict(code, frame.gas >= price) ??
      (tooLong || (isForbidden ? Halt.InvalidCode : Halt.None))
    if (verdict !== Halt.None) return verdict
    if (!frame.charge(price)) return rules.depositShortage === 'keep' ? Halt.Return : Halt.OutOfGas
    if (code.length > 0) this.host.setCode(message.self, code)
    return Halt.Return
  }

  /**
   * Keeps or undoes the message's changes and gives its result to the frame that sent it, or to the caller. Returns
   * what that frame's row made of it.
   */
  #settle(
    message: Message,
    checkpoint: number,
    halt: Halt,
    output: Uint8Array = NO_BYTES,
    frame: Frame | null = null,
  ): Halt {
    if (!isSuccess(halt)) this.host.revert(checkpoint)
    const result = this.open === 0 ? this.result : this.#delivered
    result.halt = halt
    result.output = output
    result.gasLow = isExceptional(halt) ? 0 : message.gasLow
    result.gasHigh = isExceptional(halt) ? 0 : message.gasHigh
    result.address = message.kind >= CallKind.Create ? message.self : 0n
    this.tracer?.exit?.(message, result, frame)
    if (this.open === 0) return Halt.None
    const sender = this.#frames[this.open - 1]
    sender.returnGas(result)
    return sender.opcode.resume(sender, result)
  }
}

function demand(crypto: Crypto, needs: readonly NativePrimitive[] = [], who: string): void {
  for (const name of needs)
    if (!(name in crypto)) throw new ZvmError(ERROR_CODES.badTable, `${who}: the crypto given has no ${name}`)
}
