import { eqz32, eqz64, ne64, or32, select } from '../expr.ts'
import type { FunctionBuilder } from '../function.ts'
import type { Callables } from '../module.ts'
import { addWord, lessThan, mapLimbs, setAll, subtractWord, wordArgs, wordLocals, ZERO } from './limbs.ts'

/** ADDMOD: `(a, b, n) → (a + b)` modulo n, of the whole sum; zero if n is zero. Operands not below n are reduced. */
export function writeAddmod(f: FunctionBuilder, { mod }: Callables<'mod'>): void {
  const [a, b, n] = wordArgs(f)

  f.if(or32(eqz32(lessThan(a, n)), eqz32(lessThan(b, n))), () => {
    f.call(mod, [...a, ...n], a)
    f.call(mod, [...b, ...n], b)
  })
  const carry = addWord(f, a, b)
  // The sum is at most once too high: it stays where it neither wrapped nor reaches n.
  const less = wordLocals(f)
  setAll(f, less, a)
  const borrow = subtractWord(f, less, n)
  const isHigh = f.let(or32(ne64(carry, ZERO), eqz64(borrow)))
  f.return(...mapLimbs((i) => select(isHigh, less[i], a[i])))
}
