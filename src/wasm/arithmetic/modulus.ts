import {
  add32,
  add64,
  and32,
  type I32,
  type I64,
  i64,
  leU64,
  load64,
  ltU32,
  ne64,
  shl32,
  TYPE_I32,
  wrap64,
  xor64,
} from '../expr.ts'
import type { FunctionBuilder, Local } from '../function.ts'
import { MODULI } from '../layout.ts'
import type { Callables } from '../module.ts'
import { type Limbs, orAll, setAll, WORD, wordLocals, ZERO, ZERO_WORD } from './limbs.ts'
import { digitsOf, FACTOR, RESIDUES, ROW_BYTES, ROWS, SCALE } from './reduction.ts'
import { funnelLeft } from './shift.ts'

/** A modulus that comes again more often is worth its rows. */
export const MOST_USES = 7n

/**
 * Address of the entry where n belongs, in a table of moduli in memory: by two bits, so that the two primes of a curve
 * seldom share one. It has 512 bytes: the modulus, and until its rows are there in place of FACTOR how often it has come
 * again.
 */
export function entryOf(n: Limbs): I32 {
  return add32(shl32(and32(wrap64(n[0]), 6), 8), MODULI)
}

/** Of an entry and n: zero where it is of that. */
export function otherness(entry: I32, n: Limbs): I64 {
  return orAll(...n.map((limb, i) => xor64(load64(entry, 8 * i), limb)))
}

export const MEET = { params: [TYPE_I32, ...WORD], results: [] } as const

/** `(entry, n)`: notes that n has come, of 2^251 or more, whose rows are not there; or puts them there. */
export function writeMeet(
  f: FunctionBuilder<typeof MEET.params>,
  { divideWide }: Callables<'divideWide'>,
): void {
  const [entry, ...rest] = f.args
  const n = rest as unknown as Limbs
  f.if(ne64(otherness(entry, n), ZERO), () => {
    f.storeLimbs(entry, [...n, ZERO])
    f.return()
  })
  const uses = f.let(add64(load64(entry, FACTOR), 1n))
  f.store64(entry, uses, FACTOR)
  f.if(leU64(uses, MOST_USES), () => f.return())

  const q = wordLocals(f)
  const r = wordLocals(f)
  f.call(divideWide, [...ZERO_WORD, 1n << 34n, ZERO, ZERO, ZERO, ...n], [...q, ...r])
  f.store64(entry, q[0], FACTOR)
  // 2^255, then 2^29 times as much for each row.
  setAll(f, r, [ZERO, ZERO, ZERO, i64(1n << 63n)])
  const to = f.let(entry)
  f.loop((again) => {
    const shifted = [...r, ZERO].map((limb, i) => funnelLeft(limb, r[i - 1] ?? ZERO, i64(29n)))
    f.call(divideWide, [...shifted, ZERO, ZERO, ZERO, ...n], [...q, ...r])
    storeRow(f, to, r)
    f.brIf(again, ltU32(to, add32(entry, RESIDUES * ROW_BYTES)))
  })
  storeRow(f, to, n)
}

/** Stores the digits of a word, and moves on. */
function storeRow(f: FunctionBuilder, to: Local<TYPE_I32>, word: Limbs): void {
  for (const [i, digit] of digitsOf(f, word, SCALE).entries()) f.store32(to, wrap64(digit), ROWS + 4 * i)
  f.set(to, add32(to, ROW_BYTES))
}
