import { zvm } from '../../opcodes/zvm/table.ts'
import { deny, request } from '../core/capability.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { Frame } from '../core/frame.ts'
import { Halt } from '../core/halt.ts'
import type { LoopOutcome } from '../core/interpreter.ts'
import { MEMORY_LIMIT_BYTES, MemoryArena } from '../core/memory.ts'
import { CallKind } from '../core/message.ts'
import type { Program } from '../core/program.ts'
import type { Opcode, Table } from '../core/table.ts'
import type { FrameKeeper, Tier } from '../core/tier.ts'
import { bytesToBigint, readWord, writeWord } from '../core/word.ts'
import { checkContract } from './contract.ts'
import { Refusal } from './fault.ts'
import { FRAME_ROOM } from './frame-room.ts'
import { HOST_FUNCTIONS, type HostFunction, LITE_CAPABILITIES, misfit, type Parameter } from './functions.ts'
import { type Imports, type Instance, type Prepared, prepareModule, type Value } from './instance.ts'
import { TRAP } from './meter.ts'
import { PAGE_BYTES } from './module.ts'

/** Messages to modules that may be open: each lies on the host's own stack, with what it sends. */
export const NESTING_LIMIT = 64

/** What a module may still use once the run is void: enough to meet more of what is not loaded. */
const VOID_GAS = 1_000_000n
const MOST_GAS = (1n << 63n) - 1n
const TOPICS_LIMIT = 4
const WORD_BYTES = 32
const ADDRESS_BYTES = 20
const SIGNATURE_BYTES = 64
const NO_BYTES = new Uint8Array(0)

/** Thrown out of a module to end its run; how it ends stands in the run. */
const EXIT = Symbol('exit')

/** How a trap ends the frame. */
const HALTS: Readonly<Record<number, Halt>> = {
  [TRAP.memory]: Halt.MemoryFault,
  [TRAP.outOfGas]: Halt.OutOfGas,
  [TRAP.depth]: Halt.CallDepth,
  [TRAP.unreachable]: Halt.Unreachable,
  [TRAP.integer]: Halt.IntegerFault,
  [TRAP.indirectCall]: Halt.IndirectCall,
  [TRAP.memoryLimit]: Halt.MemoryLimit,
}

/** Validates code as a contract and prepares it. Throws `Refusal`. */
export type Prepare = (code: Uint8Array) => Prepared

/** A contract, on the host's engine. Throws `Refusal`. */
export function prepareContract(code: Uint8Array): Prepared {
  const prepared = prepareModule(code)
  checkContract(prepared.module, misfit)
  return prepared
}

/** The memory of the module that runs, as rows see a frame's. */
class ModuleArena extends MemoryArena {
  constructor() {
    super(MEMORY_LIMIT_BYTES)
  }

  look(bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.buffer !== this.bytes.buffer || bytes.length !== this.bytes.length) this.see(bytes.buffer)
  }

  override release(): void {}

  override trim(): void {
    this.look(NO_BYTES)
  }
}

/** A message to a module that is open. */
interface Run {
  readonly frame: Frame
  /** Where memories begin that lie above those of other tiers. */
  readonly memoryBase: number
  instance: Instance | null
  /** What of the frame's gas the module was given last, and what the frame has kept. */
  given: bigint
  kept: bigint
  /** Gas that the module has used by itself, which counts as instructions. */
  steps: number
  /** Whether steps, and not gas, are what it was given too few of. */
  isCapped: boolean
  /** Instructions of the transaction when it began, and how many more it may begin. */
  stepsBefore: number
  budget: number
  exit: Halt
  isAbandoned: boolean
}

/** Modules that were prepared, whichever engine runs them; null for what is none. */
const preparedBy = new WeakMap<Prepare, WeakMap<Program, Prepared | null>>()

/** Runs modules: each message in an instance of its own, to its end, on the host's stack. */
export class LiteTier implements Tier {
  user: FrameKeeper | null = null
  readonly arena = new ModuleArena()
  readonly #prepare: Prepare
  readonly #capabilities: readonly string[]
  readonly #prepared: WeakMap<Program, Prepared | null>
  readonly #runs: Run[] = []
  readonly #imports: Imports
  #keeper!: FrameKeeper

  /** `capabilities`: those of LITE_CAPABILITIES that modules may import functions of. */
  constructor(prepare: Prepare = prepareContract, capabilities: readonly string[] = LITE_CAPABILITIES) {
    this.#prepare = prepare
    this.#prepared = preparedBy.get(prepare) ?? new WeakMap()
    preparedBy.set(prepare, this.#prepared)
    this.#capabilities = capabilities
    this.#imports = Object.fromEntries(
      HOST_FUNCTIONS.map((called) => [called.name, (...args: Value[]) => this.#perform(called, args)]),
    )
  }

  begin(_table: Table, keeper: FrameKeeper): void {
    this.#keeper = keeper
    this.#runs.length = 0
    this.arena.trim()
  }

  open(frame: Frame): void {
    const { memoryBase } = frame
    frame.memoryBase = 0
    this.#runs.push({
      ...{ frame, memoryBase, instance: null, given: 0n, kept: 0n, steps: 0, isCapped: false },
      ...{ stepsBefore: 0, budget: 0, exit: Halt.None, isAbandoned: false },
    })
    this.arena.look(NO_BYTES)
  }

  close(): void {
    this.#runs.pop()
    this.arena.look(this.#runs[this.#runs.length - 1]?.instance?.bytes ?? NO_BYTES)
  }

  answer(): void {}

  /** Whatever the budget: a module cannot be left, so the limit of the transaction alone holds. */
  run(frame: Frame, _budget: number, outcome: LoopOutcome): void {
    const run = this.#innermost
    const own = frame.opcodes[0]
    frame.opcode = own
    run.stepsBefore = this.#keeper.steps
    run.budget = this.#keeper.limits.steps - run.stepsBefore
    outcome.halt = run.isAbandoned ? Halt.OutOfGas : this.#execute(run)
    frame.opcode = own
    outcome.steps = Math.max(1, Math.min(run.steps, run.budget))
  }

  get #innermost(): Run {
    return this.#runs[this.#runs.length - 1]
  }

  #execute(run: Run): Halt {
    const { frame } = run
    if (this.#runs.length > NESTING_LIMIT) return Halt.NestingLimit
    const prepared = this.#preparedOf(frame.program)
    if (!prepared) return Halt.InvalidCode
    const withheld = this.#withheld(prepared)
    if (withheld !== null) return deny(frame, withheld)
    if (!frame.charge(prepared.startGas)) return Halt.OutOfGas
    if (prepared.startTrap !== null) return HALTS[prepared.startTrap]
    const outer = this.#runs[this.#runs.length - 2]?.instance ?? null
    const pages = (outer?.pages ?? this.#mostPages) - (prepared.module.memory?.least ?? 0)
    if (pages < 0) return Halt.MemoryLimit
    const room = outer?.room ?? FRAME_ROOM
    return this.#finish(run, this.#start(run, prepared, { gas: 0n, room, pages }))
  }

  get #mostPages(): number {
    return Math.floor(this.#keeper.limits.memoryBytes / PAGE_BYTES)
  }

  #start(run: Run, prepared: Prepared, allowance: { gas: bigint; room: number; pages: number }) {
    try {
      run.instance = prepared.start(this.#imports, allowance)
      this.#give(run)
      return run.instance.call('main', [])
    } catch (error) {
      if (error === EXIT) return null
      if (run.instance === null) throw lacking(error)
      throw error
    }
  }

  /** How the frame ends, and its gas. */
  #finish(run: Run, outcome: ReturnType<Instance['call']> | null): Halt {
    if (outcome === null) return run.exit
    if ('result' in outcome) {
      this.#takeBack(run)
      return Halt.Stop
    }
    const { trap } = outcome
    if (trap === TRAP.host) throw lacking(new Error('memory.grow'))
    // Where in its code a module trapped no host tells: what it did since it last called out is not counted.
    if (trap !== TRAP.outOfGas) return HALTS[trap]
    run.steps += Number(run.given)
    return run.isCapped ? Halt.StepLimit : Halt.OutOfGas
  }

  #preparedOf(program: Program): Prepared | null {
    const known = this.#prepared.get(program)
    if (known !== undefined) return known
    const prepared = this.check(program.code)
    this.#prepared.set(program, prepared)
    return prepared
  }

  /** Code prepared, or null where it is no contract. */
  check(code: Uint8Array): Prepared | null {
    try {
      return this.#prepare(code)
    } catch (error) {
      if (error instanceof Refusal) return null
      throw error
    }
  }

  /** The capability of a function that the module imports and this host withholds. */
  #withheld({ module }: Prepared): string | null {
    for (const { name } of module.imports) {
      const capability = HOST_FUNCTIONS.find((each) => each.name === name)?.capability ?? name
      if (!this.#capabilities.includes(capability)) return capability
    }
    return null
  }

  // Between module and frame: gas, steps and memory go over whole, each time.

  /** Gives the module what gas there is, as far as it fits its counter and the limit of steps. */
  #give(run: Run): void {
    const { frame, instance } = run
    const used = run.steps + (this.#keeper.steps - run.stepsBefore)
    const stepsLeft = BigInt(Math.max(0, run.budget - used))
    let given = frame.gas < MOST_GAS ? frame.gas : MOST_GAS
    run.isCapped = given > stepsLeft
    if (run.isCapped) given = stepsLeft
    if (frame.host.isVoid && given > VOID_GAS) given = VOID_GAS
    run.given = given
    run.kept = frame.gas - given
    ;(instance as Instance).gas = given
  }

  #takeBack(run: Run): void {
    const { frame } = run
    const instance = run.instance as Instance
    const left = instance.gas > 0n ? instance.gas : 0n
    run.steps += Number(run.given - left)
    frame.gas = left + run.kept
    this.arena.look(instance.bytes)
    frame.memorySize = this.arena.bytes.length
  }

  // What modules call.

  #perform(called: HostFunction, args: readonly Value[]): Value | undefined {
    const run = this.#innermost
    const { frame } = run
    this.#takeBack(run)
    frame.sp = 0
    let result: Value | undefined
    if (called.name === 'syscall') result = this.#systemCall(run, args)
    else {
      const topics = called.name === 'log' ? this.#pushTopics(run, args) : 0
      // What is stored is nothing.
      if (called.name === 'storage_delete') frame.push(0n)
      this.#pushOperands(run, called.takes, args)
      const out = outputBytes(called) > 0 ? this.#range(run, args[args.length - 1], outputBytes(called)) : 0
      this.#executeRow(run, opcodeOf(frame, called.row, topics))
      result = this.#answer(frame, called, out)
    }
    this.#give(run)
    return result
  }

  #executeRow(run: Run, opcode: Opcode): void {
    const { frame } = run
    frame.opcode = opcode
    let halt: Halt = frame.charge(opcode.gas) ? opcode.execute(frame) : Halt.OutOfGas
    if (halt === Halt.Suspend) {
      this.#send(run)
      halt = Halt.None
    }
    if (halt !== Halt.None) this.#leave(run, halt)
  }

  /** The frame takes up none of the memory that others lie in while they run; the output is put in place behind them. */
  #send(run: Run): void {
    const { frame } = run
    const { open } = this.#keeper
    const { outOffset, outSize } = frame.pending
    const { memorySize } = frame
    frame.pending.outSize = 0
    frame.memoryBase = run.memoryBase
    frame.memorySize = 0
    this.#keeper.send(frame)
    // A void run has been left in the middle: nothing of it counts.
    if (this.#keeper.open > open) this.#abandon(run)
    frame.memoryBase = 0
    frame.memorySize = memorySize
    const size = Math.min(outSize, frame.returnData.length)
    const isCall = frame.pending.kind < CallKind.Create
    if (isCall && size > 0) frame.writeMemory(BigInt(outOffset), frame.returnData, 0n, BigInt(size))
  }

  #abandon(run: Run): never {
    run.isAbandoned = true
    return this.#leave(run, Halt.None)
  }

  #leave(run: Run, halt: Halt): never {
    run.exit = halt
    throw EXIT
  }

  /** The position of bytes that are there. */
  #range(run: Run, at: Value, sizeBytes: number): number {
    const from = Number(at) >>> 0
    if (from + sizeBytes > this.arena.bytes.length && sizeBytes > 0) this.#leave(run, Halt.MemoryFault)
    return from
  }

  /** Puts the operands of a row on the frame's stack, the first one topmost. */
  #pushOperands(run: Run, takes: readonly Parameter[], args: readonly Value[]): void {
    const { frame } = run
    for (let i = takes.length - 1; i >= 0; i--) frame.push(this.#operand(run, takes, args, i))
  }

  #operand(run: Run, takes: readonly Parameter[], args: readonly Value[], i: number): bigint {
    const arg = args[i]
    switch (takes[i]) {
      case 'gas':
        return BigInt.asUintN(64, BigInt(arg))
      case 'number':
      case 'size':
        return BigInt(Number(arg) >>> 0)
      case 'word':
        return readWord(this.arena.view, this.#range(run, arg, WORD_BYTES))
      case 'address': {
        const at = this.#range(run, arg, ADDRESS_BYTES)
        return bytesToBigint(this.arena.bytes.subarray(at, at + ADDRESS_BYTES))
      }
      case 'signature':
        return BigInt(this.#range(run, arg, SIGNATURE_BYTES))
      case 'pointer':
        return BigInt(this.#range(run, arg, Number(args[takes.indexOf('size', i)]) >>> 0))
    }
  }

  /** Topics lie end to end where the last but one parameter points; they go under the range. Gives how many. */
  #pushTopics(run: Run, args: readonly Value[]): number {
    const count = Number(args[3]) >>> 0
    if (count > TOPICS_LIMIT) this.#leave(run, Halt.MemoryFault)
    const at = this.#range(run, args[2], count * WORD_BYTES)
    for (let i = count - 1; i >= 0; i--) run.frame.push(readWord(this.arena.view, at + i * WORD_BYTES))
    return count
  }

  #systemCall(run: Run, [id, ...ranges]: readonly Value[]): number {
    const { frame } = run
    const [input, inputSize, output, outputSize] = ranges.map((value) => Number(value) >>> 0)
    this.#range(run, input, inputSize)
    this.#range(run, output, outputSize)
    const { gas } = opcodeOf(frame, 'SYSCALL', 0)
    if (!frame.charge(gas)) this.#leave(run, Halt.OutOfGas)
    const bytes = frame.viewMemory(BigInt(input), BigInt(inputSize))
    const answer = request(frame, Number(id) >>> 0, bytes)
    if (typeof answer === 'number') return this.#leave(run, answer)
    frame.returnData = answer.output
    const size = Math.min(outputSize, answer.output.length)
    if (size > 0) frame.writeMemory(BigInt(output), answer.output, 0n, BigInt(size))
    return Number(BigInt.asIntN(32, answer.status))
  }

  #answer(frame: Frame, { answer }: HostFunction, out: number): Value | undefined {
    if (answer === 'nothing') return undefined
    const word = frame.pop()
    const { view, bytes } = this.arena
    switch (answer) {
      case 'i32':
        return Number(BigInt.asIntN(32, word))
      case 'i64':
        return BigInt.asIntN(64, word)
      case 'flag':
        return word === 0n ? 0 : 1
      case 'word':
        writeWord(view, out, word)
        return undefined
      default: {
        for (let i = ADDRESS_BYTES - 1, rest = word; i >= 0; i--, rest >>= 8n)
          bytes[out + i] = Number(rest & 0xffn)
        return answer === 'found' ? Number(word !== 0n) : undefined
      }
    }
  }
}

function outputBytes({ answer }: HostFunction): number {
  if (answer === 'word') return WORD_BYTES
  return answer === 'address' || answer === 'found' ? ADDRESS_BYTES : 0
}

/** Bytes of the native rows by mnemonic. */
const CODES = new Map([...zvm.rows.values()].map(({ name, code }) => [name, code]))

/** The row as this frame may execute it; `more` rows behind the one that is named. */
function opcodeOf({ isStatic }: Frame, name: string, more: number): Opcode {
  return (isStatic ? zvm.staticOpcodes : zvm.opcodes)[(CODES.get(name) as number) + more]
}

/** A host that has not the memory our limits promise can give no result at all. */
function lacking(error: unknown): ZvmError {
  return new ZvmError(
    ERROR_CODES.io,
    `this host has not enough memory for a module: ${(error as Error).message}`,
    {},
    error,
  )
}
