import { and64, eqz64, type I64, i64, ne64, or64, select, shl64, shrS64, shrU64, xor64 } from '../expr.ts'
import type { FunctionBuilder } from '../function.ts'
import type { Callable, ModuleBuilder } from '../module.ts'
import { BINARY, type Limbs, mapLimbs, orAll, wordArgs, ZERO } from './limbs.ts'

const ONE = i64(1n)

/** `high` and `low` shifted left by 0 to 63 bits: the upper limb. */
export function funnelLeft(high: I64, low: I64, bits: I64): I64 {
  return or64(shl64(high, bits), shrU64(shrU64(low, ONE), xor64(bits, 63n)))
}

/** `high` and `low` shifted right by 0 to 63 bits: the lower limb. */
export function funnelRight(high: I64, low: I64, bits: I64): I64 {
  return or64(shrU64(low, bits), shl64(shl64(high, ONE), xor64(bits, 63n)))
}

/** SHL: `(shift, x) → x · 2^shift` modulo 2^256. */
export function writeShl(module: ModuleBuilder): Callable {
  const f = module.function(BINARY)
  const [, x] = wordArgs(f)
  const shift = amount(f, () => f.return(ZERO, ZERO, ZERO, ZERO))
  const bits = f.let(and64(shift, 63n))
  const near = mapLimbs((i) => f.let(i > 0 ? funnelLeft(x[i], x[i - 1], bits) : shl64(x[0], bits)))
  f.return(...moveUp(f, near, shift))
  return f
}

/** SHR: `(shift, x) → x / 2^shift` rounded down. */
export function writeShr(module: ModuleBuilder): Callable {
  const f = module.function(BINARY)
  const [, x] = wordArgs(f)
  const shift = amount(f, () => f.return(ZERO, ZERO, ZERO, ZERO))
  const bits = f.let(and64(shift, 63n))
  const near = mapLimbs((i) => f.let(i < 3 ? funnelRight(x[i + 1], x[i], bits) : shrU64(x[3], bits)))
  f.return(...moveDown(f, near, ZERO, shift))
  return f
}

/** SAR: `(shift, x) → x / 2^shift` rounded down, of a signed x. */
export function writeSar(module: ModuleBuilder): Callable {
  const f = module.function(BINARY)
  const [, x] = wordArgs(f)
  const sign = f.let(shrS64(x[3], 63n))
  const shift = amount(f, () => f.return(sign, sign, sign, sign))
  const bits = f.let(and64(shift, 63n))
  const near = mapLimbs((i) => f.let(i < 3 ? funnelRight(x[i + 1], x[i], bits) : shrS64(x[3], bits)))
  f.return(...moveDown(f, near, sign, shift))
  return f
}

/** The low limb of the shift, after leaving where it is over 255. */
function amount(f: FunctionBuilder, leave: () => void): I64 {
  const [[low, ...rest]] = wordArgs(f)
  f.if(ne64(orAll(shrU64(low, 8n), ...rest), ZERO), leave)
  return low
}

/** Moves limbs up by `shift / 64` places, in two steps of selections. */
function moveUp(f: FunctionBuilder, limbs: Limbs, shift: I64): Limbs {
  const byOne = eqz64(and64(shift, 64n))
  const once = mapLimbs((i) => f.let(select(byOne, limbs[i], limbs[i - 1] ?? ZERO)))
  const byTwo = eqz64(and64(shift, 128n))
  return mapLimbs((i) => select(byTwo, once[i], once[i - 2] ?? ZERO))
}

/** Moves limbs down by `shift / 64` places, `fill` coming in above. */
function moveDown(f: FunctionBuilder, limbs: Limbs, fill: I64, shift: I64): Limbs {
  const byOne = eqz64(and64(shift, 64n))
  const once = mapLimbs((i) => f.let(select(byOne, limbs[i], limbs[i + 1] ?? fill)))
  const byTwo = eqz64(and64(shift, 128n))
  return mapLimbs((i) => select(byTwo, once[i], once[i + 2] ?? fill))
}
