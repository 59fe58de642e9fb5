import { add64, and64, type I64, mul64, sub64 } from '../expr.ts'
import type { FunctionBuilder } from '../function.ts'
import { addCarry, areShort, type Halves, type Limbs, mulWide, signOf, split, wordArgs } from './limbs.ts'

/** MUL: `(a, b) → a · b` modulo 2^256. A short path takes operands that fit a signed limb, in [−2^63, 2^63). */
export function writeMul(f: FunctionBuilder): void {
  const [a, b] = wordArgs(f)
  const lowest = mulWide(f, split(f, a[0]), split(f, b[0]))

  const signA = signOf(f, a[0])
  const signB = signOf(f, b[0])
  f.if(areShort(a, signA, b, signB), () => {
    // Taken as unsigned, a negative operand was 2^64 too high.
    const high = f.let(sub64(sub64(lowest.high, and64(signA, b[0])), and64(signB, a[0])))
    const sign = signOf(f, high)
    f.return(lowest.low, high, sign, sign)
  })
  f.return(...product(f, a, b, lowest))
}

/** The word a · b; `lowest` is a[0] · b[0] where that is known. Squares a with fewer multiplications if a is b. */
export function product(f: FunctionBuilder, a: Limbs, b: Limbs, lowest: Halves | null = null): Limbs {
  const as = a.slice(0, 3).map((limb) => split(f, limb))
  const bs = a === b ? as : b.slice(0, 3).map((limb) => split(f, limb))
  const wide = (i: number, j: number) => mulWide(f, as[i], bs[j])
  const p00 = lowest ?? wide(0, 0)
  const p01 = wide(0, 1)
  const p10 = a === b ? p01 : wide(1, 0)
  const p11 = wide(1, 1)
  const p02 = wide(0, 2)
  const p20 = a === b ? p02 : wide(2, 0)
  const r1 = addColumn(f, [p00.high, p01.low, p10.low])
  const r2 = addColumn(f, [r1.carry, p01.high, p10.high, p02.low, p20.low, p11.low])
  const r3 = [r2.carry, p02.high, p20.high, p11.high, ...[0, 1, 2, 3].map((i) => mul64(a[i], b[3 - i]))]
  return [p00.low, r1.sum, r2.sum, f.let(r3.reduce(add64))]
}

/** The sum of a column of limbs, and how often it passed 2^64. */
function addColumn(f: FunctionBuilder, [first, ...others]: readonly I64[]): { sum: I64; carry: I64 } {
  let sum = first
  const carries: I64[] = others.map((addend) => {
    const next = addCarry(f, sum, addend)
    sum = next.sum
    return f.let(next.carry)
  })
  return { sum, carry: f.let(carries.reduce(add64)) }
}
