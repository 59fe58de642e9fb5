import { and64, divU64, eqz64, extend32, i64, leU64, remU64, sub64 } from '../expr.ts'
import type { FunctionBuilder } from '../function.ts'
import type { Callables } from '../module.ts'
import {
  bitCount,
  type Limbs,
  lessThan,
  mapLimbs,
  orAll,
  trailingZeros,
  wordArgs,
  wordLocals,
  ZERO,
  ZERO_WORD,
} from './limbs.ts'

const ONE = i64(1n)

/** The functions that DIV and MOD call. */
export type DivisionParts = Callables<'divideByLimb' | 'divideWide' | 'shr'>

/** DIV or MOD: quotient or remainder of a by b; zero if b is zero. */
export function writeDivision(
  f: FunctionBuilder,
  { divideByLimb, divideWide, shr }: DivisionParts,
  wanted: 'quotient' | 'remainder',
): void {
  const [a, b] = wordArgs(f)
  const isQuotient = wanted === 'quotient'
  const q = wordLocals(f)
  const r = wordLocals(f)
  const leave = () => f.return(...(isQuotient ? q : r))

  f.if(eqz64(orAll(a[1], a[2], a[3], b[1], b[2], b[3])), () => {
    f.if(eqz64(b[0]), () => f.return(...ZERO_WORD))
    f.return(isQuotient ? divU64(a[0], b[0]) : remU64(a[0], b[0]), ZERO, ZERO, ZERO)
  })
  f.if(leU64(bitCount(b), ONE), () => {
    if (isQuotient) f.tailCall(shr, [trailingZeros(b), ZERO, ZERO, ZERO, ...a])
    else maskLow(f, a, b)
  })
  f.if(eqz64(orAll(b[1], b[2], b[3])), () => {
    f.call(divideByLimb, [...a, b[0]], [...q, r[0]])
    leave()
  })
  f.if(lessThan(a, b), () => f.return(...(isQuotient ? ZERO_WORD : a)))
  f.call(divideWide, [...a, ...ZERO_WORD, ...b], [...q, ...r])
  leave()
}

/** a modulo a power of two, or zero. */
function maskLow(f: FunctionBuilder, a: Limbs, b: Limbs): void {
  f.if(eqz64(orAll(...b)), () => f.return(...ZERO_WORD))
  // b − 1 has all bits below the only one of b.
  const borrow = f.let(ONE)
  const masked = mapLimbs((i) => {
    const mask = f.let(sub64(b[i], borrow))
    f.set(borrow, and64(borrow, extend32(eqz64(b[i]))))
    return and64(a[i], mask)
  })
  f.return(...masked)
}
