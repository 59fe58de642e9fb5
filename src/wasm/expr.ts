import type { ByteWriter } from './bytes.ts'

/** Types of values; v128 only passes through byte shuffles. */
export type ValueType = 'i32' | 'i64' | 'v128'

/** How a type is written in a module. */
export const TYPE_CODES: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, v128: 0x7b }

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

export type I32 = Expr<'i32'>
export type I64 = Expr<'i64'>
export type V128 = Expr<'v128'>

/** Most constants are small, and come again and again. */
const SMALL32: I32[] = []
const MOST_SMALL = 4096

export function i32(value: number): I32 {
  if (value < 0 || value >= MOST_SMALL) return constant32(value)
  SMALL32[value] ??= constant32(value)
  return SMALL32[value]
}

function constant32(value: number): I32 {
  return new Expr(
    'i32',
    (out) => {
      out.byte(0x41)
      out.signed(value)
    },
    BigInt(value | 0),
  )
}

export function i64(value: bigint): I64 {
  if (value === 0n) return ZERO64
  const unsigned = BigInt.asUintN(64, value)
  return new Expr(
    'i64',
    (out) => {
      out.byte(0x42)
      out.signed64(unsigned)
    },
    unsigned,
  )
}

/** Most limbs of most constants. */
const ZERO64: I64 = new Expr(
  'i64',
  (out) => {
    out.byte(0x42)
    out.byte(0)
  },
  0n,
)

const u64 = (value: bigint) => BigInt.asUintN(64, value)
const s64 = (value: bigint) => BigInt.asIntN(64, value)
const bool = (value: boolean) => (value ? 1n : 0n)

type Fold = (a: bigint, b: bigint) => bigint

function binary<T extends ValueType, R extends ValueType>(
  result: R,
  code: number,
  a: Expr<T>,
  b: Expr<T>,
): Expr<R> {
  return new Expr(result, (out) => {
    a.write(out)
    b.write(out)
    out.byte(code)
  })
}

function unary<T extends ValueType, R extends ValueType>(result: R, code: number, a: Expr<T>): Expr<R> {
  return new Expr(result, (out) => {
    a.write(out)
    out.byte(code)
  })
}

/** An operation on i64 that folds constants. `neutral` is the right operand that changes nothing. */
function op64(code: number, fold: Fold, neutral: bigint | null, isCommutative: boolean) {
  return (a: I64, b: I64): I64 => {
    if (a.constant !== null && b.constant !== null) return i64(fold(a.constant, b.constant))
    if (neutral !== null && b.constant === neutral) return a
    if (neutral !== null && isCommutative && a.constant === neutral) return b
    return binary('i64', code, a, b)
  }
}

function compare64(code: number, fold: Fold) {
  return (a: I64, b: I64): I32 => {
    if (a.constant !== null && b.constant !== null) return i32(Number(fold(a.constant, b.constant)))
    return binary('i32', code, a, b)
  }
}

export const add64 = op64(0x7c, (a, b) => u64(a + b), 0n, true)
export const sub64 = op64(0x7d, (a, b) => u64(a - b), 0n, false)
export const mul64 = op64(0x7e, (a, b) => u64(a * b), 1n, true)
export const divU64 = op64(0x80, (a, b) => a / b, 1n, false)
export const remU64 = op64(0x82, (a, b) => a % b, null, false)
export const or64 = op64(0x84, (a, b) => a | b, 0n, true)
export const xor64 = op64(0x85, (a, b) => a ^ b, 0n, true)
export const shl64 = op64(0x86, (a, b) => u64(a << (b & 63n)), 0n, false)
export const shrS64 = op64(0x87, (a, b) => u64(s64(a) >> (b & 63n)), 0n, false)
export const shrU64 = op64(0x88, (a, b) => a >> (b & 63n), 0n, false)

const maskedAnd = op64(0x83, (a, b) => a & b, u64(-1n), true)

/** And, with zero absorbing what is not needed. */
export function and64(a: I64, b: I64): I64 {
  if ((a.constant === 0n && b.isCheap) || (b.constant === 0n && a.isCheap)) return i64(0n)
  return maskedAnd(a, b)
}

export const eq64 = compare64(0x51, (a, b) => bool(a === b))
export const ne64 = compare64(0x52, (a, b) => bool(a !== b))
export const ltS64 = compare64(0x53, (a, b) => bool(s64(a) < s64(b)))
export const ltU64 = compare64(0x54, (a, b) => bool(a < b))
export const gtU64 = compare64(0x56, (a, b) => bool(a > b))
export const leU64 = compare64(0x58, (a, b) => bool(a <= b))
export const geU64 = compare64(0x5a, (a, b) => bool(a >= b))

export function eqz64(a: I64): I32 {
  return a.constant !== null ? i32(a.constant === 0n ? 1 : 0) : unary('i32', 0x50, a)
}

export const clz64 = (a: I64): I64 => unary('i64', 0x79, a)
export const ctz64 = (a: I64): I64 => unary('i64', 0x7a, a)
export const popcnt64 = (a: I64): I64 => unary('i64', 0x7b, a)
export const rotl64 = (a: I64, b: I64): I64 => binary('i64', 0x89, a, b)

/** An operation on i32 that folds constants. */
function op32(code: number, fold: (a: number, b: number) => number, neutral: number | null) {
  return (a: I32, b: I32): I32 => {
    if (a.constant !== null && b.constant !== null) return i32(fold(Number(a.constant), Number(b.constant)))
    if (neutral !== null && b.constant === BigInt(neutral)) return a
    return binary('i32', code, a, b)
  }
}

export const add32 = op32(0x6a, (a, b) => a + b, 0)
export const sub32 = op32(0x6b, (a, b) => a - b, 0)
export const mul32 = op32(0x6c, (a, b) => Math.imul(a, b), 1)
export const and32 = op32(0x71, (a, b) => a & b, -1)
export const or32 = op32(0x72, (a, b) => a | b, 0)
export const xor32 = op32(0x73, (a, b) => a ^ b, 0)
export const shl32 = op32(0x74, (a, b) => a << b, 0)
export const shrU32 = op32(0x76, (a, b) => a >>> b, 0)
export const eq32 = op32(0x46, (a, b) => (a === b ? 1 : 0), null)
export const ne32 = op32(0x47, (a, b) => (a !== b ? 1 : 0), null)
export const ltS32 = op32(0x48, (a, b) => (a < b ? 1 : 0), null)
export const ltU32 = op32(0x49, (a, b) => (a >>> 0 < b >>> 0 ? 1 : 0), null)
export const gtU32 = op32(0x4b, (a, b) => (a >>> 0 > b >>> 0 ? 1 : 0), null)
export const leU32 = op32(0x4d, (a, b) => (a >>> 0 <= b >>> 0 ? 1 : 0), null)
export const geU32 = op32(0x4f, (a, b) => (a >>> 0 >= b >>> 0 ? 1 : 0), null)

export function eqz32(a: I32): I32 {
  return a.constant !== null ? i32(a.constant === 0n ? 1 : 0) : unary('i32', 0x45, a)
}

/** The i32 as an unsigned i64. */
export function extend32(a: I32): I64 {
  return a.constant !== null ? i64(BigInt.asUintN(32, a.constant)) : unary('i64', 0xad, a)
}

/** The i32 as a signed i64. */
export function extendS32(a: I32): I64 {
  return a.constant !== null ? i64(a.constant) : unary('i64', 0xac, a)
}

/** The low 32 bits. */
export function wrap64(a: I64): I32 {
  return a.constant !== null ? i32(Number(BigInt.asIntN(32, a.constant))) : unary('i32', 0xa7, a)
}

/** `condition` ? a : b; both are computed. */
export function select<T extends ValueType>(condition: I32, a: Expr<T>, b: Expr<T>): Expr<T> {
  if (condition.constant !== null) return condition.constant !== 0n ? a : b
  return new Expr(a.type, (out) => {
    a.write(out)
    b.write(out)
    condition.write(out)
    out.byte(0x1b)
  })
}

function load<T extends ValueType>(
  type: T,
  code: number,
  align: number,
  address: I32,
  offset: number,
): Expr<T> {
  return new Expr(type, (out) => {
    address.write(out)
    out.byte(code)
    // A vector's code is a prefix and a zero.
    if (type === 'v128') out.byte(0)
    out.byte(align)
    out.unsigned(offset)
  })
}

/** Loads from linear memory at `address + offset`, little-endian; unaligned addresses are fine. */
export const load64 = (address: I32, offset = 0): I64 => load('i64', 0x29, 3, address, offset)
export const load32 = (address: I32, offset = 0): I32 => load('i32', 0x28, 2, address, offset)
export const load8 = (address: I32, offset = 0): I32 => load('i32', 0x2d, 0, address, offset)
export const load16 = (address: I32, offset = 0): I32 => load('i32', 0x2f, 1, address, offset)
export const load8As64 = (address: I32, offset = 0): I64 => load('i64', 0x31, 0, address, offset)
export const load32As64 = (address: I32, offset = 0): I64 => load('i64', 0x35, 2, address, offset)
export const load128 = (address: I32, offset = 0): V128 => load('v128', 0xfd, 4, address, offset)

/** Bytes of the two vectors, chosen by 16 indexes from 0 to 31. */
export function shuffle(a: V128, b: V128, lanes: readonly number[]): V128 {
  return new Expr('v128', (out) => {
    a.write(out)
    b.write(out)
    out.bytes([0xfd, 13, ...lanes])
  })
}

/** One of the two 64-bit lanes. */
export function lane64(vector: V128, lane: 0 | 1): I64 {
  return new Expr('i64', (out) => {
    vector.write(out)
    out.bytes([0xfd, 29, lane])
  })
}

/** A vector of two 64-bit lanes. */
export function pair64(low: I64, high: I64): V128 {
  return new Expr('v128', (out) => {
    low.write(out)
    out.bytes([0xfd, 18])
    high.write(out)
    out.bytes([0xfd, 30, 1])
  })
}

/** Pages of 64 KiB that the memory has. */
export function memorySize(): I32 {
  return new Expr('i32', (out) => out.bytes([0x3f, 0]))
}
