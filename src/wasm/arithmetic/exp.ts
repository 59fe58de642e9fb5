import { add32, and64, eq32, eqz64, i32, i64, leU64, mul64, ne64, shrU64, wrap64 } from '../expr.ts'
import type { FunctionBuilder } from '../function.ts'
import type { Callables } from '../module.ts'
import {
  bitCount,
  mulWide,
  ONE_WORD,
  orAll,
  setAll,
  split,
  trailingZeros,
  wordArgs,
  wordLocals,
  ZERO,
  ZERO_WORD,
} from './limbs.ts'
import { product } from './mul.ts'

const ONE = i64(1n)

/** EXP: `(base, exponent) → base^exponent` modulo 2^256; 0^0 is 1. By squaring; of a power of two, by shifting. */
export function writeExp(f: FunctionBuilder, { mul, shl }: Callables<'mul' | 'shl'>): void {
  const [square, exponent] = wordArgs(f)
  const [bits, ...upper] = exponent

  f.if(eqz64(and64(square[0], ONE)), () => {
    // Each factor brings a factor of two.
    const isOver255 = ne64(orAll(shrU64(bits, 8n), ...upper), ZERO)
    f.if(isOver255, () => f.return(...ZERO_WORD))
    const shift = mul64(trailingZeros(square), bits)
    f.if(leU64(bitCount(square), ONE), () => f.tailCall(shl, [shift, ZERO, ZERO, ZERO, ...ONE_WORD]))
  })

  const result = wordLocals(f)
  f.set(result[0], ONE)
  const used = f.let(i32(0))
  f.loop((again) => {
    const isSet = wrap64(and64(bits, ONE))
    f.if(isSet, () => f.call(mul, [...result, ...square], result))
    f.set(bits, shrU64(bits, ONE))
    f.set(used, add32(used, 1))
    f.if(eq32(used, 64), () => {
      f.set(used, 0)
      setAll(f, exponent, [...upper, ZERO])
    })
    f.if(ne64(orAll(...exponent), ZERO), () => {
      const half = split(f, square[0])
      const lowest = mulWide(f, half, half)
      f.if(
        eqz64(orAll(...square.slice(1))),
        () => setAll(f, square, [lowest.low, lowest.high]),
        () => setAll(f, square, product(f, square, square, lowest)),
      )
      f.br(again)
    })
  })
  f.return(...result)
}
