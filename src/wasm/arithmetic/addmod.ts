import { and32, eqz32, eqz64, ne64, or32, select, shrU64, sub64 } from '../expr.ts'
import type { FunctionBuilder } from '../function.ts'
import type { Callables } from '../module.ts'
import { addWord, lessThan, mapLimbs, setAll, subtractWord, wordArgs, wordLocals, ZERO } from './limbs.ts'

/** ADDMOD: `(a, b, n) → (a + b)` modulo n, of the whole sum; zero if n is zero. */
export function writeAddmod(f: FunctionBuilder, { mod }: Callables<'mod'>): void {
  const [a, b, n] = wordArgs(f)

  // Operands not below n are reduced, but where it takes a few subtractions at most.
  const isLong = f.let(or32(eqz32(lessThan(a, n)), eqz32(lessThan(b, n))))
  f.if(and32(isLong, eqz64(shrU64(n[3], 61n))), () => {
    f.call(mod, [...a, ...n], a)
    f.call(mod, [...b, ...n], b)
    f.set(isLong, 0)
  })
  const carry = addWord(f, a, b)
  const less = wordLocals(f)
  f.loop((again) => {
    setAll(f, less, a)
    const borrow = subtractWord(f, less, n)
    // The sum stays where it neither wrapped nor reaches n.
    const isHigh = f.let(or32(ne64(carry, ZERO), eqz64(borrow)))
    setAll(
      f,
      a,
      mapLimbs((i) => select(isHigh, less[i], a[i])),
    )
    f.set(carry, sub64(carry, borrow))
    f.brIf(again, and32(isHigh, isLong))
  })
  f.return(...a)
}
