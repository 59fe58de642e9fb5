import {
  and64,
  eq64,
  gtU64,
  type I64,
  i64,
  ltU64,
  ne64,
  or32,
  select,
  shl64,
  shrS64,
  shrU64,
  sub64,
  xor64,
} from '../expr.ts'
import type { FunctionBuilder } from '../function.ts'
import { type Limbs, mapLimbs, orAll, signOf, wordArgs, ZERO, ZERO_WORD } from './limbs.ts'

/** SIGNEXTEND: `(index, x) → x` with the sign of its byte `index` (0 the lowest) carried to the top. */
export function writeSignextend(f: FunctionBuilder): void {
  const [[index, ...upper], x] = wordArgs(f)
  f.if(or32(gtU64(index, 30n), ne64(orAll(...upper), ZERO)), () => f.return(...x))
  const at = f.let(shrU64(index, 3n))
  // Bits above the byte in its limb.
  const above = f.let(shl64(sub64(7n, and64(index, 7n)), 3n))
  const extended = f.let(shrS64(shl64(limbAt(f, x, at), above), above))
  const sign = signOf(f, extended)
  f.return(
    ...mapLimbs((i) => {
      const here = i64(BigInt(i))
      return select(ltU64(here, at), x[i], select(eq64(here, at), extended, sign))
    }),
  )
}

/** BYTE: `(index, x) →` byte `index` of x, 0 the highest; zero if index is over 31. */
export function writeByte(f: FunctionBuilder): void {
  const [[index, ...upper], x] = wordArgs(f)
  f.if(or32(gtU64(index, 31n), ne64(orAll(...upper), ZERO)), () => f.return(...ZERO_WORD))
  const fromLow = f.let(xor64(index, 31n))
  const limb = limbAt(f, x, f.let(shrU64(fromLow, 3n)))
  f.return(and64(shrU64(limb, shl64(fromLow, 3n)), 255n), ZERO, ZERO, ZERO)
}

/** The limb at an index from 0 to 3. */
function limbAt(f: FunctionBuilder, x: Limbs, at: I64): I64 {
  const isOdd = ne64(and64(at, 1n), ZERO)
  const low = f.let(select(isOdd, x[1], x[0]))
  const high = f.let(select(isOdd, x[3], x[2]))
  return f.let(select(gtU64(at, 1n), high, low))
}
