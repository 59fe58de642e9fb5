import { Halt } from '../../src/core/halt.ts'
import type { Row } from '../../src/core/row.ts'
import { SIGN_BIT } from '../../src/core/word.ts'

/** LT(a, b): 1 if a < b unsigned. */
export const LT: Row = {
  code: 0x10, name: 'LT', pops: 2, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const a = frame.pop(), b = frame.pop()
    frame.push(a < b ? 1n : 0n)
    return Halt.None
  },
  lower: (_, a, b) => a.lt(b),
}

/** GT(a, b): 1 if a > b unsigned. */
export const GT: Row = {
  code: 0x11, name: 'GT', pops: 2, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const a = frame.pop(), b = frame.pop()
    frame.push(a > b ? 1n : 0n)
    return Halt.None
  },
  lower: (_, a, b) => a.gt(b),
}

/** SLT(a, b): 1 if a < b signed. */
export const SLT: Row = {
  code: 0x12, name: 'SLT', pops: 2, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const a = frame.pop(), b = frame.pop()
    frame.push(isLessSigned(a, b) ? 1n : 0n)
    return Halt.None
  },
  lower: (_, a, b) => a.slt(b),
}

/** SGT(a, b): 1 if a > b signed. */
export const SGT: Row = {
  code: 0x13, name: 'SGT', pops: 2, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const a = frame.pop(), b = frame.pop()
    frame.push(isLessSigned(b, a) ? 1n : 0n)
    return Halt.None
  },
  lower: (_, a, b) => a.sgt(b),
}

/** EQ(a, b): 1 if a equals b. */
export const EQ: Row = {
  code: 0x14, name: 'EQ', pops: 2, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const a = frame.pop(), b = frame.pop()
    frame.push(a === b ? 1n : 0n)
    return Halt.None
  },
  lower: (_, a, b) => a.eq(b),
}

/** ISZERO(a): 1 if a is zero. */
export const ISZERO: Row = {
  code: 0x15, name: 'ISZERO', pops: 1, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    frame.push(frame.pop() === 0n ? 1n : 0n)
    return Halt.None
  },
  lower: (_, a) => a.isZero(),
}

/** Words of the same sign are in the order of their values; of others the negative one is less. */
function isLessSigned(a: bigint, b: bigint): boolean {
  const isNegative = a >= SIGN_BIT
  return isNegative === b >= SIGN_BIT ? a < b : isNegative
}
