import { and64, eqz64, type I64, i64, ne64, or64, select, shl64, shrS64, shrU64, xor64 } from '../expr.ts'
import type { FunctionBuilder } from '../function.ts'
import { type Limbs, mapLimbs, orAll, signOf, wordArgs, ZERO } from './limbs.ts'

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
export function writeShl(f: FunctionBuilder): void {
  writeShift(f, -1, funnelLeft, shl64)
}

/** SHR: `(shift, x) → x / 2^shift` rounded down. */
export function writeShr(f: FunctionBuilder): void {
  writeShift(f, 1, (limb, above, bits) => funnelRight(above, limb, bits), shrU64)
}

/** SAR: `(shift, x) → x / 2^shift` rounded down, of a signed x. */
export function writeSar(f: FunctionBuilder): void {
  writeShift(f, 1, (limb, above, bits) => funnelRight(above, limb, bits), shrS64)
}

/**
 * A shift by up to 63 bits, which `funnel` does with a limb and its neighbour, the limb `next` places up, and `edge`
 * with the limb that has none; then by whole limbs, in two steps of selections.
 */
function writeShift(
  f: FunctionBuilder,
  next: 1 | -1,
  funnel: (limb: I64, neighbour: I64, bits: I64) => I64,
  edge: typeof shl64,
): void {
  const [[shift, ...upper], x] = wordArgs(f)
  const beyond = edge === shrS64 ? signOf(f, x[3]) : ZERO
  f.if(ne64(orAll(shrU64(shift, 8n), ...upper), ZERO), () => f.return(beyond, beyond, beyond, beyond))
  const bits = f.let(and64(shift, 63n))
  const near = mapLimbs((i) => f.let(x[i + next] ? funnel(x[i], x[i + next], bits) : edge(x[i], bits)))
  const moved = (limbs: Limbs, i: number, places: number) =>
    select(eqz64(and64(shift, BigInt(64 * places))), limbs[i], limbs[i + next * places] ?? beyond)
  const once = mapLimbs((i) => f.let(moved(near, i, 1)))
  f.return(...mapLimbs((i) => moved(once, i, 2)))
}
