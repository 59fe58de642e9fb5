import { type Limbs, mapLimbs, ZERO, ZERO_WORD } from './arithmetic/limbs.ts'
import { and64, divU64, eqz64, type I64, i64, or64, remU64, select, shl64, shrS64, shrU64 } from './expr.ts'
import type { Operation } from './helpers.ts'

/** Puts a value where it can be used any number of times. */
type Keep = (value: I64) => I64

/**
 * What a helper would compute, written in place where an operand is known or short; null where the helper is to be
 * called. Operands as the helper takes them, their limbs constants or locals.
 */
export function inPlace(operation: Operation, keep: Keep, a: Limbs, b: Limbs): Limbs | null {
  const first = knownValue(a)
  const second = knownValue(b)
  if (operation === 'mul') return multiply(keep, a, first, b, second)
  if (operation === 'div') return divide(keep, a, b, second)
  if (operation === 'mod') return remain(keep, a, b, second)
  if (first === null) return null
  switch (operation) {
    case 'shl':
      return shiftLeft(keep, b, first)
    case 'shr':
      return shiftRight(keep, b, first, ZERO)
    case 'sar':
      return shiftRight(keep, b, first, keep(shrS64(b[3], 63n)))
    case 'byte':
      return byteAt(keep, b, first)
    case 'signextend':
      return extendSign(keep, b, first)
    default:
      return null
  }
}

/** The value of limbs that are all constants. */
export function knownValue(limbs: Limbs): bigint | null {
  let value = 0n
  for (let i = 3; i >= 0; i--) {
    const { constant } = limbs[i]
    if (constant === null) return null
    value = (value << 64n) | constant
  }
  return value
}

/** Whether all but the lowest limb are zero for certain. */
function isShort([, b, c, d]: Limbs): boolean {
  return b.constant === 0n && c.constant === 0n && d.constant === 0n
}

/** The exponent of a power of two; null for any other number. */
function exponentOf(value: bigint | null): bigint | null {
  return value && (value & (value - 1n)) === 0n ? BigInt(value.toString(2).length - 1) : null
}

function each(keep: Keep, limb: (index: number) => I64): Limbs {
  return mapLimbs((i) => keep(limb(i)))
}

function shiftLeft(keep: Keep, x: Limbs, shift: bigint): Limbs {
  return shifted(keep, x, shift, ZERO, -1, shl64, shrU64)
}

/** `beyond`: what comes in from above. */
function shiftRight(keep: Keep, x: Limbs, shift: bigint, beyond: I64): Limbs {
  return shifted(keep, x, shift, beyond, 1, shrU64, shl64)
}

/** Each limb takes bits, by `near` and `far`, of two neighbours, the second of which is `next` places up. */
function shifted(
  keep: Keep,
  x: Limbs,
  shift: bigint,
  beyond: I64,
  next: 1 | -1,
  near: typeof shl64,
  far: typeof shl64,
): Limbs {
  if (shift > 255n) return [beyond, beyond, beyond, beyond]
  const whole = Number(shift >> 6n)
  const bits = shift & 63n
  const part = (by: typeof shl64, at: number, count: bigint) => {
    const limb = x[at] ?? beyond
    return limb.constant === 0n ? ZERO : by(limb, count)
  }
  return each(keep, (i) => {
    const at = i + next * whole
    return bits === 0n ? (x[at] ?? beyond) : or64(part(near, at, bits), part(far, at + next, 64n - bits))
  })
}

function byteAt(keep: Keep, x: Limbs, index: bigint): Limbs {
  if (index > 31n) return ZERO_WORD
  const limb = x[3 - Number(index >> 3n)]
  const value = and64(shrU64(limb, 8n * (7n - (index & 7n))), 255n)
  return [keep(value), ZERO, ZERO, ZERO]
}

function extendSign(keep: Keep, x: Limbs, index: bigint): Limbs {
  if (index > 30n) return x
  const last = Number(index >> 3n)
  const unused = i64(56n - 8n * (index & 7n))
  const top = keep(shrS64(shl64(x[last], unused), unused))
  const sign = keep(shrS64(top, 63n))
  return each(keep, (i) => (i < last ? x[i] : i === last ? top : sign))
}

function multiply(keep: Keep, a: Limbs, first: bigint | null, b: Limbs, second: bigint | null): Limbs | null {
  if (first === 0n || second === 0n) return ZERO_WORD
  const [shift, other] = [exponentOf(first), exponentOf(second)]
  if (shift !== null) return shiftLeft(keep, b, shift)
  return other === null ? null : shiftLeft(keep, a, other)
}

function divide(keep: Keep, a: Limbs, b: Limbs, divisor: bigint | null): Limbs | null {
  if (divisor === 0n) return ZERO_WORD
  const shift = exponentOf(divisor)
  if (shift !== null) return shiftRight(keep, a, shift, ZERO)
  if (!isShort(a) || !isShort(b)) return null
  // Dividing by a zero traps in WebAssembly: the divisor is then one, and the result made zero.
  const isNone = eqz64(b[0])
  const quotient = keep(divU64(a[0], select(isNone, 1n, b[0])))
  return [keep(select(isNone, ZERO, quotient)), ZERO, ZERO, ZERO]
}

function remain(keep: Keep, a: Limbs, b: Limbs, divisor: bigint | null): Limbs | null {
  if (divisor === 0n) return ZERO_WORD
  if (exponentOf(divisor) !== null) {
    const mask = divisor! - 1n
    return each(keep, (i) => and64(a[i], mask >> (64n * BigInt(i))))
  }
  if (!isShort(a) || !isShort(b)) return null
  return [keep(remU64(a[0], select(eqz64(b[0]), 1n, b[0]))), ZERO, ZERO, ZERO]
}
