import { add64, and64, divU64, eqz64, extend32, type I64, remU64, select, sub64, xor64 } from '../expr.ts'
import type { FunctionBuilder } from '../function.ts'
import type { Callable } from '../module.ts'
import { areShort, type Limbs, mapLimbs, signOf, wordArgs, wordLocals, ZERO, ZERO_WORD } from './limbs.ts'

/**
 * SDIV or SMOD: `(a, b) →` quotient rounded towards zero, or remainder with the sign of a; zero if b is zero;
 * −2^255 / −1 is −2^255. A short path takes operands that fit a signed limb.
 */
export function writeSignedDivision(
  f: FunctionBuilder,
  unsigned: Callable,
  wanted: 'quotient' | 'remainder',
): void {
  const [a, b] = wordArgs(f)
  const isQuotient = wanted === 'quotient'

  const shortA = signOf(f, a[0])
  const shortB = signOf(f, b[0])
  f.if(areShort(a, shortA, b, shortB), () => {
    f.if(eqz64(b[0]), () => f.return(...ZERO_WORD))
    // As magnitudes, so that −2^63 / −1 has nothing special.
    const sizeA = sub64(xor64(a[0], shortA), shortA)
    const sizeB = sub64(xor64(b[0], shortB), shortB)
    const size = f.let(isQuotient ? divU64(sizeA, sizeB) : remU64(sizeA, sizeB))
    const sign = isQuotient ? xor64(shortA, shortB) : shortA
    const upper = f.let(select(eqz64(size), ZERO, sign))
    f.return(sub64(xor64(size, sign), sign), upper, upper, upper)
  })

  const signA = signOf(f, a[3])
  const signB = signOf(f, b[3])
  const result = wordLocals(f)
  f.call(unsigned, [...negateIf(f, signA, a), ...negateIf(f, signB, b)], result)
  const sign = isQuotient ? f.let(xor64(signA, signB)) : signA
  f.return(...negateIf(f, sign, result))
}

/** −x where `sign` is −1, x where it is 0. */
function negateIf(f: FunctionBuilder, sign: I64, x: Limbs): Limbs {
  const carry = f.let(sub64(ZERO, sign))
  return mapLimbs((i) => {
    const limb = f.let(add64(xor64(x[i], sign), carry))
    f.set(carry, and64(carry, extend32(eqz64(limb))))
    return limb
  })
}
