import { eqz32, eqz64, ne64, or32, select } from '../expr.ts'
import type { Callable, ModuleBuilder } from '../module.ts'
import {
  addWord,
  lessThan,
  mapLimbs,
  paramLocals,
  setAll,
  subtractWord,
  WORD,
  wordLocals,
  wordOf,
  wordParam,
  ZERO,
} from './limbs.ts'

/** ADDMOD: `(a, b, n) → (a + b)` modulo n, of the whole sum; zero if n is zero. Operands not below n are reduced. */
export function writeAddmod(module: ModuleBuilder, mod: Callable): Callable {
  const f = module.function([...WORD, ...WORD, ...WORD], WORD)
  const a = paramLocals(f, 0)
  const b = paramLocals(f, 1)
  const n = wordParam(f, 2)

  f.if(or32(eqz32(lessThan(wordOf(a), n)), eqz32(lessThan(wordOf(b), n))), () => {
    f.call(mod, [...wordOf(a), ...n], a)
    f.call(mod, [...wordOf(b), ...n], b)
  })
  const carry = addWord(f, a, wordOf(b))
  // The sum is at most once too high: it stays where it neither wrapped nor reaches n.
  const less = wordLocals(f)
  setAll(f, less, wordOf(a))
  const borrow = subtractWord(f, less, n)
  const isHigh = f.let(or32(ne64(carry.get, ZERO), eqz64(borrow.get))).get
  f.return(...mapLimbs((i) => select(isHigh, less[i].get, a[i].get)))
  return f
}
