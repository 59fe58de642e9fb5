import type { ByteWriter } from './bytes.ts'

/** Types of values, as they are written in a module; v128 only passes through byte shuffles. */
export const TYPE_I32 = 0x7f
export const TYPE_I64 = 0x7e
export const TYPE_V128 = 0x7b
export type TYPE_I32 = typeof TYPE_I32
export type TYPE_I64 = typeof TYPE_I64
export type TYPE_V128 = typeof TYPE_V128
export type ValueType = TYPE_I32 | TYPE_I64 | TYPE_V128

/**
 * A value to be computed: a tree that is written where it is used, so each use computes it again. What is used twice
 * is put into a local first, unless it is a constant or a local itself (`isCheap`). Reading memory or a local is not
 * ordered with what is written in between: put it into a local where that matters.
 */
export class Expr<T extends ValueType = ValueType> {
  readonly type: T
  /** The value where it is known: an i32 as signed, an i64 as unsigned. */
  readonly constant: bigint | null
  /** Costs one instruction and has no effect: may be written any number of times. */
  readonly isCheap: boolean
  readonly write: (out: ByteWriter) => void
  /** Index of the local that this reads, or -1. */
  readonly index: number

  constructor(
    type: T,
    write: (out: ByteWriter) => void,
    constant: bigint | null = null,
    isCheap = constant !== null,
    index = -1,
  ) {
    this.type = type
    this.write = write
    this.constant = constant
    this.isCheap = isCheap
    this.index = index
  }
}

export type I32 = Expr<TYPE_I32>
export type I64 = Expr<TYPE_I64>
export type V128 = Expr<TYPE_V128>

/** An operand of an instruction: a constant may be given as a number. */
export type Operand<T extends ValueType = ValueType> =
  | Expr<T>
  | { [TYPE_I32]: number; [TYPE_I64]: bigint; [TYPE_V128]: never }[T]

/** Most constants are small, and come again and again. */
const SMALL32: I32[] = []
const MOST_SMALL = 4096

/** A constant, or an expression as it is. */
export function i32(value: Operand<TYPE_I32>): I32 {
  if (typeof value !== 'number') return value
  if (value < 0 || value >= MOST_SMALL) return constant32(value)
  SMALL32[value] ??= constant32(value)
  return SMALL32[value]
}

function constant32(value: number): I32 {
  return new Expr(
    TYPE_I32,
    (out) => {
      out.byte(0x41)
      out.signed(value)
    },
    BigInt(value | 0),
  )
}

/** A constant, of the value modulo 2^64, or an expression as it is. */
export function i64(value: Operand<TYPE_I64>): I64 {
  if (typeof value !== 'bigint') return value
  const unsigned = BigInt.asUintN(64, value)
  return unsigned === 0n ? ZERO64 : constant64(unsigned)
}

function constant64(value: bigint): I64 {
  return new Expr(
    TYPE_I64,
    (out) => {
      out.byte(0x42)
      out.signed64(value)
    },
    value,
  )
}

/** Most limbs of most constants. */
const ZERO64 = constant64(0n)

const s64 = (value: bigint) => BigInt.asIntN(64, value)

/** What an instruction makes of operands; `immediates` follow its code. */
export function instruction<T extends ValueType>(
  type: T,
  operands: readonly Operand[],
  code: number,
  ...immediates: readonly number[]
): Expr<T> {
  return new Expr(type, (out) => write(out, operands, code, immediates))
}

function exprOf<T extends ValueType>(operand: Operand<T>): Expr<T> {
  if (typeof operand === 'object') return operand
  return (typeof operand === 'bigint' ? i64(operand) : i32(operand)) as unknown as Expr<T>
}

/** Writes operands, and the instruction that takes them: its code, and what follows that as unsigned numbers. */
export function write(
  out: ByteWriter,
  operands: readonly Operand[],
  code: number,
  immediates: readonly number[],
): void {
  for (const operand of operands) exprOf(operand).write(out)
  out.byte(code)
  for (const immediate of immediates) out.unsigned(immediate)
}

/**
 * An operation on i64 that folds constants. `neutral` is the right operand that changes nothing.
 * @__NO_SIDE_EFFECTS__
 */
function op64(code: number, fold: (a: bigint, b: bigint) => bigint, neutral?: bigint, isCommutative = false) {
  return (x: Operand<TYPE_I64>, y: Operand<TYPE_I64>): I64 => {
    const a = i64(x)
    const b = i64(y)
    if (a.constant !== null && b.constant !== null) return i64(fold(a.constant, b.constant))
    if (b.constant === neutral) return a
    if (isCommutative && a.constant === neutral) return b
    return instruction(TYPE_I64, [a, b], code)
  }
}

/** @__NO_SIDE_EFFECTS__ */
function compare64(code: number, fold: (a: bigint, b: bigint) => boolean) {
  return (x: Operand<TYPE_I64>, y: Operand<TYPE_I64>): I32 => {
    const a = i64(x)
    const b = i64(y)
    if (a.constant !== null && b.constant !== null) return i32(Number(fold(a.constant, b.constant)))
    return instruction(TYPE_I32, [a, b], code)
  }
}

export const add64 = op64(0x7c, (a, b) => a + b, 0n, true)
export const sub64 = op64(0x7d, (a, b) => a - b, 0n)
export const mul64 = op64(0x7e, (a, b) => a * b, 1n, true)
export const divU64 = op64(0x80, (a, b) => a / b, 1n)
export const remU64 = op64(0x82, (a, b) => a % b)
export const or64 = op64(0x84, (a, b) => a | b, 0n, true)
export const xor64 = op64(0x85, (a, b) => a ^ b, 0n, true)
export const shl64 = op64(0x86, (a, b) => a << (b & 63n), 0n)
export const shrS64 = op64(0x87, (a, b) => s64(a) >> (b & 63n), 0n)
export const rotl64 = op64(0x89, (a, b) => (a << (b & 63n)) | (a >> (64n - (b & 63n))), 0n)
export const shrU64 = op64(0x88, (a, b) => a >> (b & 63n), 0n)

const maskedAnd = op64(0x83, (a, b) => a & b, 2n ** 64n - 1n, true)

/** And, with zero absorbing what is not needed. */
export function and64(a: I64, y: Operand<TYPE_I64>): I64 {
  const b = i64(y)
  if ((a.constant === 0n && b.isCheap) || (b.constant === 0n && a.isCheap)) return i64(0n)
  return maskedAnd(a, b)
}

export const eq64 = compare64(0x51, (a, b) => a === b)
export const ne64 = compare64(0x52, (a, b) => a !== b)
export const ltS64 = compare64(0x53, (a, b) => s64(a) < s64(b))
export const ltU64 = compare64(0x54, (a, b) => a < b)
export const gtU64 = compare64(0x56, (a, b) => a > b)
export const leU64 = compare64(0x58, (a, b) => a <= b)
export const geU64 = compare64(0x5a, (a, b) => a >= b)

export const clz64 = (a: I64): I64 => instruction(TYPE_I64, [a], 0x79)
export const ctz64 = (a: I64): I64 => instruction(TYPE_I64, [a], 0x7a)
export const popcnt64 = (a: I64): I64 => instruction(TYPE_I64, [a], 0x7b)

/**
 * An operation on i32 that folds constants. `neutral` is the right operand that changes nothing.
 * @__NO_SIDE_EFFECTS__
 */
function op32(code: number, fold: (a: number, b: number) => number | boolean, neutral?: bigint) {
  return (x: Operand<TYPE_I32>, y: Operand<TYPE_I32>): I32 => {
    const a = i32(x)
    const b = i32(y)
    if (a.constant !== null && b.constant !== null)
      return i32(Number(fold(Number(a.constant), Number(b.constant))))
    return b.constant === neutral ? a : instruction(TYPE_I32, [a, b], code)
  }
}

export const add32 = op32(0x6a, (a, b) => a + b, 0n)
export const sub32 = op32(0x6b, (a, b) => a - b, 0n)
export const mul32 = op32(0x6c, (a, b) => Math.imul(a, b), 1n)
export const and32 = op32(0x71, (a, b) => a & b, -1n)
export const or32 = op32(0x72, (a, b) => a | b, 0n)
export const xor32 = op32(0x73, (a, b) => a ^ b, 0n)
export const shl32 = op32(0x74, (a, b) => a << b, 0n)
export const shrU32 = op32(0x76, (a, b) => a >>> b, 0n)
export const eq32 = op32(0x46, (a, b) => a === b)
export const ne32 = op32(0x47, (a, b) => a !== b)
export const ltS32 = op32(0x48, (a, b) => a < b)
export const ltU32 = op32(0x49, (a, b) => a >>> 0 < b >>> 0)
export const gtU32 = op32(0x4b, (a, b) => a >>> 0 > b >>> 0)
export const geU32 = op32(0x4f, (a, b) => a >>> 0 >= b >>> 0)

/**
 * An operation on one operand that folds constants.
 * @__NO_SIDE_EFFECTS__
 */
function unary<T extends ValueType, U extends ValueType>(
  type: U,
  code: number,
  fold: (constant: bigint) => Operand<U>,
) {
  return (a: Expr<T>): Expr<U> =>
    a.constant !== null ? exprOf(fold(a.constant)) : instruction(type, [a], code)
}

const isZero = (value: bigint) => Number(value === 0n)
export const eqz32 = unary<TYPE_I32, TYPE_I32>(TYPE_I32, 0x45, isZero)
export const eqz64 = unary<TYPE_I64, TYPE_I32>(TYPE_I32, 0x50, isZero)
/** The i32 as an unsigned i64. */
export const extend32 = unary<TYPE_I32, TYPE_I64>(TYPE_I64, 0xad, (a) => BigInt.asUintN(32, a))
/** The i32 as a signed i64. */
export const extendS32 = unary<TYPE_I32, TYPE_I64>(TYPE_I64, 0xac, (a) => a)
/** The low 32 bits. */
export const wrap64 = unary<TYPE_I64, TYPE_I32>(TYPE_I32, 0xa7, (a) => Number(BigInt.asIntN(32, a)))

/** `condition` ? a : b; both are computed. */
export function select<T extends ValueType>(condition: I32, a: Operand<T>, b: Operand<T>): Expr<T> {
  if (condition.constant !== null) return exprOf(condition.constant !== 0n ? a : b)
  return instruction(exprOf(a).type, [a, b, condition], 0x1b)
}

/** @__NO_SIDE_EFFECTS__ */
function load<T extends ValueType>(type: T, code: number, ...immediates: readonly number[]) {
  return (address: Operand<TYPE_I32>, offset = 0): Expr<T> =>
    instruction(type, [address], code, ...immediates, offset)
}

/** Loads from linear memory at `address + offset`, little-endian; unaligned addresses are fine. */
export const load64 = load(TYPE_I64, 0x29, 3)
export const load32 = load(TYPE_I32, 0x28, 2)
export const load8 = load(TYPE_I32, 0x2d, 0)
export const load16 = load(TYPE_I32, 0x2f, 1)
export const load8As64 = load(TYPE_I64, 0x31, 0)
export const load32As64 = load(TYPE_I64, 0x35, 2)
export const load128 = load(TYPE_V128, 0xfd, 0, 4)

/** Bytes of the two vectors, chosen by 16 indexes from 0 to 31. */
export function shuffle(a: V128, b: V128, lanes: readonly number[]): V128 {
  return instruction(TYPE_V128, [a, b], 0xfd, 13, ...lanes)
}

/** One of the two 64-bit lanes. */
export function lane64(vector: V128, lane: 0 | 1): I64 {
  return instruction(TYPE_I64, [vector], 0xfd, 29, lane)
}

/** A vector of two 64-bit lanes. */
export function pair64(low: Operand<TYPE_I64>, high: Operand<TYPE_I64>): V128 {
  return instruction(TYPE_V128, [instruction(TYPE_V128, [low], 0xfd, 18), high], 0xfd, 30, 1)
}
