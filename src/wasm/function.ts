import * as FORMAT from './binary-format.ts'
import { ByteWriter } from './bytes.ts'
import {
  Expr,
  type I32,
  type I64,
  instruction,
  lane64,
  load128,
  type Operand,
  pair64,
  shuffle,
  TYPE_I32,
  TYPE_I64,
  TYPE_V128,
  type V128,
  type ValueType,
  write,
} from './expr.ts'
import type { Callable, ModuleBuilder, Signature } from './module.ts'

/** A variable of a function: as an expression, its value where that is written. */
export interface Local<T extends ValueType = ValueType> extends Expr<T> {
  readonly isCheap: true
}

/** A constant that is written before its value is known. */
export interface Hole<T extends ValueType = ValueType> {
  readonly value: Expr<T>
  /** Puts a value of 0 to 2^31 − 1 wherever it was written. */
  fill(value: number): void
}

/** Where a branch may go: the end of a block, or the start of a loop. Valid inside it. */
export interface Label {
  /** How many blocks were open when it began. */
  readonly level: number
}

const REVERSED = Array.from({ length: 16 }, (_, i) => 15 - i)

/** Writes the body of a function, statement by statement. */
export class FunctionBuilder<P extends readonly ValueType[] = readonly ValueType[]> implements Callable {
  readonly index: number
  readonly params: P
  readonly results: readonly ValueType[]
  /** The parameters, which are its first locals. */
  readonly args: { readonly [I in keyof P]: Local<P[I]> }
  readonly #module: ModuleBuilder
  readonly #out = ByteWriter.empty()
  readonly #locals: ValueType[] = []
  /** Locals given back by `release`, by type. */
  readonly #free: Record<ValueType, Local[]> = { [TYPE_I32]: [], [TYPE_I64]: [], [TYPE_V128]: [] }
  /** Locals in use, in the order they were taken. */
  readonly #taken: Local[] = []
  #level = 0

  constructor(module: ModuleBuilder, index: number, { params, results }: Signature<P>) {
    this.#module = module
    this.index = index
    this.params = params
    this.results = results
    this.args = params.map((type, i) => localOf(i, type)) as unknown as typeof this.args
  }

  /** A fresh local, zero at the start of the function, or one that was released, with what it held. */
  local<T extends ValueType>(type: T): Local<T> {
    const free = this.#free[type].pop()
    if (!free) this.#locals.push(type)
    const local = free ?? localOf(this.params.length + this.#locals.length - 1, type)
    this.#taken.push(local)
    return local as Local<T>
  }

  /** Where the locals now in use end; `releaseSince` gives back those taken after it. */
  mark(): number {
    return this.#taken.length
  }

  releaseSince(mark: number): void {
    this.releaseExcept(mark, new Set())
  }

  /** As `releaseSince`, but for the locals whose indexes are in `live`. */
  releaseExcept(mark: number, live: ReadonlySet<number>): void {
    let kept = mark
    for (let i = mark; i < this.#taken.length; i++) {
      const local = this.#taken[i]
      if (live.has(local.index)) this.#taken[kept++] = local
      else this.release(local)
    }
    this.#taken.length = kept
  }

  /** Locals in use since a mark. */
  takenSince(mark: number): number {
    return this.#taken.length - mark
  }

  /** Gives a local back for others to use. */
  release(local: Local): void {
    this.#free[local.type].push(local)
  }

  /** Puts a value into a fresh local, unless writing it again costs no more than that. */
  keep<T extends ValueType>(value: Expr<T>): Expr<T> {
    return value.isCheap ? value : this.let(value)
  }

  let<T extends ValueType>(value: Expr<T>): Local<T> {
    const local = this.local(value.type)
    this.set(local, value)
    return local
  }

  set<T extends ValueType>(local: Local<T>, value: Operand<T>): void {
    this.#write([value], FORMAT.localSet, local.index)
  }

  store64(address: Operand<TYPE_I32>, value: Operand<TYPE_I64>, offset = 0): void {
    this.#write([address, value], 0x37, 3, offset)
  }

  store32(address: Operand<TYPE_I32>, value: Operand<TYPE_I32>, offset = 0): void {
    this.#write([address, value], 0x36, 2, offset)
  }

  store8(address: Operand<TYPE_I32>, value: Operand<TYPE_I32>, offset = 0): void {
    this.#write([address, value], 0x3a, 0, offset)
  }

  store128(address: Operand<TYPE_I32>, value: V128, offset = 0): void {
    this.#write([address, value], 0xfd, 11, 4, offset)
  }

  /** Limbs one after the other. */
  storeLimbs(address: Operand<TYPE_I32>, limbs: readonly Operand<TYPE_I64>[], offset = 0): void {
    for (const [i, limb] of limbs.entries()) this.store64(address, limb, offset + 8 * i)
  }

  /** A word from one place in memory to another; addresses are cheap. */
  copyWord(to: I32, target: number, from: I32, source: number): void {
    for (const half of [0, 16]) this.store128(to, load128(from, source + half), target + half)
  }

  /** The limbs of the 32 bytes at an address, which is cheap, big-endian. */
  loadBigEndian(address: Operand<TYPE_I32>): I64[] {
    const [high, low] = [0, 16].map((half) => this.#reversed(load128(address, half)))
    return [lane64(low, 0), lane64(low, 1), lane64(high, 0), lane64(high, 1)]
  }

  /** Limbs as 32 bytes, big-endian. */
  storeBigEndian(address: Operand<TYPE_I32>, [a, b, c, d]: readonly I64[]): void {
    this.store128(address, this.#reversed(pair64(c, d)))
    this.store128(address, this.#reversed(pair64(a, b)), 16)
  }

  #reversed(vector: V128): V128 {
    const kept = this.keep(vector)
    return this.keep(shuffle(kept, kept, REVERSED))
  }

  /** memory.copy: ranges may overlap. */
  copy(to: Operand<TYPE_I32>, from: Operand<TYPE_I32>, size: Operand<TYPE_I32>): void {
    this.#write([to, from, size], 0xfc, 10, 0, 0)
  }

  /** memory.fill with zeros. */
  zero(at: Operand<TYPE_I32>, size: Operand<TYPE_I32>): void {
    this.#write([at, 0, size], 0xfc, 11, 0)
  }

  block(body: (end: Label) => void): void {
    this.#nested(0x02, body)
  }

  loop(body: (start: Label) => void): void {
    this.#nested(0x03, body)
  }

  #nested(code: number, body: (label: Label) => void): void {
    this.#write([], code, FORMAT.emptyBlock)
    const label = { level: this.#level++ }
    body(label)
    this.#level--
    this.#out.byte(FORMAT.end)
  }

  if(condition: I32, then: () => void, otherwise?: () => void): void {
    if (condition.constant !== null) {
      if (condition.constant !== 0n) then()
      else otherwise?.()
      return
    }
    this.#write([condition], 0x04, FORMAT.emptyBlock)
    this.#level++
    then()
    if (otherwise) {
      this.#out.byte(0x05)
      otherwise()
    }
    this.#level--
    this.#out.byte(FORMAT.end)
  }

  br(label: Label): void {
    this.#write([], 0x0c, this.#depthOf(label))
  }

  brIf(label: Label, condition: I32): void {
    this.#write([condition], 0x0d, this.#depthOf(label))
  }

  /** Branches to the label at `index`, or the last where there is none. */
  brTable(index: I32, labels: readonly Label[]): void {
    this.#write([index], 0x0e, labels.length - 1, ...labels.map((label) => this.#depthOf(label)))
  }

  #depthOf({ level }: Label): number {
    return this.#level - 1 - level
  }

  /** Calls a function for its effect or to take its results, in order, into locals. */
  call(callee: Callable, args: readonly Operand[], results: readonly Local[] = []): void {
    this.#invoke(callee, args, FORMAT.call)
    for (let i = results.length - 1; i >= 0; i--) this.#write([], FORMAT.localSet, results[i].index)
  }

  /** Writes all of the body; where a host takes no tail calls, one of the function itself goes back to its start. */
  repeatable(write: () => void): void {
    write()
  }

  /** Ends this function as a call of another. */
  tailCall(callee: Callable, args: readonly Operand[]): void {
    this.#invoke(callee, args, FORMAT.tailCall)
  }

  #invoke(callee: Callable, args: readonly Operand[], code: number): void {
    const [operands, ...rest] = invocation(callee, args, code)
    this.#write(operands, ...rest)
  }

  return(...values: readonly Operand[]): void {
    this.#write(values, 0x0f)
  }

  /** As `tailCall`, of the function at an index of the module's table. */
  tailCallIndirect(index: I32, signature: Signature, args: readonly Operand[]): void {
    this.#write([...args, index], FORMAT.tailCall + 1, this.#module.typeOf(signature), 0)
  }

  #write(operands: readonly Operand[], code: number, ...immediates: readonly number[]): void {
    write(this.#out, operands, code, immediates)
  }

  /** A constant to be known later. */
  hole<T extends TYPE_I32 | TYPE_I64>(type: T): Hole<T> {
    const places: number[] = []
    const value = new Expr(
      type,
      (out) => {
        out.byte(type === TYPE_I32 ? FORMAT.const32 : FORMAT.const64)
        places.push(out.hole())
      },
      null,
      true,
    )
    return {
      value,
      fill: (known) => {
        for (const place of places) this.#out.fill(place, known)
      },
    }
  }

  /** Bytes written so far. */
  get sizeBytes(): number {
    return this.#out.length
  }

  unreachable(): void {
    this.#out.byte(0x00)
  }

  /** Writes locals and code, as the code section has them; nothing can be added then. */
  finish(section: ByteWriter): void {
    const body = ByteWriter.empty()
    const runs: [count: number, ValueType][] = []
    for (const type of this.#locals) {
      const last = runs.at(-1)
      if (last?.[1] === type) last[0]++
      else runs.push([1, type])
    }
    body.unsigned(runs.length)
    for (const [count, type] of runs) {
      body.unsigned(count)
      body.byte(type)
    }
    section.unsigned(body.length + this.#out.length + 1)
    section.bytes(body.view())
    section.bytes(this.#out.view())
    section.byte(FORMAT.end)
    body.release()
    this.#out.release()
  }
}

/** Those of all functions, by type and index: a local is no more than these. */
const LOCALS: Readonly<Record<ValueType, Local[]>> = { [TYPE_I32]: [], [TYPE_I64]: [], [TYPE_V128]: [] }

function localOf<T extends ValueType>(index: number, type: T): Local<T> {
  LOCALS[type][index] ??= new Expr(type, (out) => write(out, [], 0x20, [index]), null, true, index) as Local
  return LOCALS[type][index] as Local<T>
}

/** The value of a call with one result. */
export function callExpr<T extends ValueType>(callee: Callable, args: readonly Operand[]): Expr<T> {
  const [operands, code, ...immediates] = invocation(callee, args, FORMAT.call)
  return instruction(callee.results[0] as T, operands, code, ...immediates)
}

/** Operands, code and immediates of a call; the code of one by way of the table is the next. */
function invocation(
  { index, type }: Callable,
  args: readonly Operand[],
  code: number,
): [operands: readonly Operand[], code: number, ...immediates: number[]] {
  return type === undefined ? [args, code, index] : [[...args, index], code + 1, type, 0]
}
