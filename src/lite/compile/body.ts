import { Halt } from '../../core/halt.ts'
import * as FORMAT from '../../wasm/binary-format.ts'
import { ByteWriter } from '../../wasm/bytes.ts'
import * as CELL from '../../wasm/cells.ts'
import {
  add32,
  Expr,
  type I32,
  type I64,
  instruction,
  load64,
  type Operand,
  TYPE_I32,
  TYPE_I64,
  type ValueType,
  write,
} from '../../wasm/expr.ts'
import { callExpr, FunctionBuilder, type Label, type Local } from '../../wasm/function.ts'
import type { Callable, ModuleBuilder, Signature } from '../../wasm/module.ts'
import { UNIT } from '../../wasm/ways-out.ts'

/** What a unit gives beyond halts: this and the index of the function to go on in, which may be 0 for none. */
export const GO_ON = 256

/** Globals that carry the results of a function beyond its first one. */
export const CARRIERS = 7

/**
 * Writes a function in what wasm-lite allows: one result, the others in globals; no vectors; and no tail calls, so that a
 * unit gives back which unit goes on, and one that goes on itself is a loop.
 */
export class LiteBody<P extends readonly ValueType[] = readonly ValueType[]> extends FunctionBuilder<P> {
  readonly #module: ModuleBuilder & Shared
  #start: Label | null = null
  /** Of a unit, what the code section has of it. */
  #finished: Uint8Array | null = null

  constructor(module: ModuleBuilder, index: number, signature: Signature<P>) {
    super(module, index, signature)
    this.#module = module as ModuleBuilder & Shared
  }

  override call(callee: Callable, args: readonly Operand[], results: readonly Local[] = []): void {
    super.call(callee, args, results.slice(0, 1))
    for (let i = 1; i < results.length; i++) this.set(results[i], carried(i))
  }

  override return(...values: readonly Operand[]): void {
    if (values.length < 2) super.return(...values)
    else super.return(above(values, (i) => [FORMAT.globalSet, i - 1]))
  }

  override tailCall(callee: Callable, args: readonly Operand[]): void {
    if (callee.params !== UNIT.params) super.return(callExpr(callee, args))
    else if (callee.index === this.index && this.#start) this.#repeat(args, this.#start)
    else this.#goOn(GO_ON + callee.index, args)
  }

  override tailCallIndirect(index: I32, _signature: Signature, args: readonly Operand[]): void {
    this.#goOn(add32(index, GO_ON), args)
  }

  #goOn(next: Operand<TYPE_I32>, args: readonly Operand[]): void {
    const [gas, top, budget] = args as readonly [I64, I32, I32]
    this.store64(CELL.gas, gas)
    this.store32(CELL.sp, top)
    this.store32(CELL.budget, budget)
    super.return(next)
  }

  #repeat(args: readonly Operand[], start: Label): void {
    const [first] = this.args as unknown as readonly Local[]
    this.set(
      first,
      above(args, (i) => [FORMAT.localSet, i]),
    )
    this.br(start)
  }

  /** Writes a unit, where there is room for it. */
  override repeatable(body: () => void): void {
    if (this.#module.isFull) return
    this.loop((start) => {
      this.#start = start
      body()
    })
    this.#start = null
    this.unreachable()
    const finished = this.#finish()
    if (this.#module.admit(finished.length)) this.#finished = finished
  }

  /** Whether it is a unit that has found room. */
  get isThere(): boolean {
    return this.#finished !== null
  }

  /** In the place of a unit that has found no room: the interpreter goes on at its position. */
  leaveOut(position: number, leave: Callable): void {
    const instead = new LiteBody(this.#module, this.index, UNIT)
    instead.tailCall(leave, [...instead.args, position, Halt.None])
    this.#finished = instead.#finish()
  }

  #finish(): Uint8Array {
    const out = ByteWriter.empty()
    super.finish(out)
    const bytes = out.take()
    out.release()
    return bytes
  }

  override finish(section: ByteWriter): void {
    if (this.#finished) section.bytes(this.#finished)
    else super.finish(section)
  }

  override copyWord(to: I32, target: number, from: I32, source: number): void {
    for (let at = 0; at < 32; at += 8) this.store64(to, load64(from, source + at), target + at)
  }

  override loadBigEndian(address: Operand<TYPE_I32>): I64[] {
    const limbs = [0, 1, 2, 3].map(() => this.local(TYPE_I64))
    this.call(this.#module.loadWord, [address], limbs)
    return limbs
  }

  override storeBigEndian(address: Operand<TYPE_I32>, limbs: readonly I64[]): void {
    this.call(this.#module.storeWord, [address, ...limbs])
  }
}

/** What the functions of a module share. */
export interface Shared extends WordFunctions {
  /** Whether a unit has found no room: then no other does. */
  readonly isFull: boolean
  /** Asks for room for a unit of so many bytes. */
  admit(sizeBytes: number): boolean
}

/** Functions that a module has for words in memory. */
export interface WordFunctions {
  /** (address) → limbs of the 32 bytes there, big-endian. */
  readonly loadWord: Callable
  /** (address, limbs): the other way. */
  readonly storeWord: Callable
}

function carried(i: number): I64 {
  return instruction(TYPE_I64, [], FORMAT.globalGet, i - 1)
}

/**
 * The first of some values, where all have been computed and the others put away by instructions, each a code and what
 * follows it.
 */
function above(
  values: readonly Operand[],
  put: (i: number) => readonly [code: number, immediate: number],
): Expr {
  const last = values.length - 1
  return new Expr(typeOf(values[0]), (out) => {
    for (let i = last; i > 0; i--) {
      const [code, immediate] = put(i)
      write(out, i === last ? values : [], code, [immediate])
    }
  })
}

function typeOf(value: Operand): ValueType {
  if (typeof value === 'object') return value.type
  return typeof value === 'bigint' ? TYPE_I64 : TYPE_I32
}
