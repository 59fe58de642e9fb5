import { Halt } from '../../src/core/halt.ts'
import type { Row } from '../../src/core/row.ts'
import { MAX_WORD, toSigned, toWord, WORD_MODULUS } from '../../src/core/word.ts'

/** ADD(a, b): a + b modulo 2^256. */
export const ADD: Row = {
  code: 0x01, name: 'ADD', pops: 2, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const sum = frame.pop() + frame.pop()
    frame.push(sum > MAX_WORD ? sum - WORD_MODULUS : sum)
    return Halt.None
  },
}

/** MUL(a, b): a · b modulo 2^256. */
export const MUL: Row = {
  code: 0x02, name: 'MUL', pops: 2, pushes: 1, gas: 5, spec: 'YP H.2',
  execute(frame) {
    const product = frame.pop() * frame.pop()
    frame.push(product > MAX_WORD ? product & MAX_WORD : product)
    return Halt.None
  },
}

/** SUB(a, b): a − b modulo 2^256. */
export const SUB: Row = {
  code: 0x03, name: 'SUB', pops: 2, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const difference = frame.pop() - frame.pop()
    frame.push(difference < 0n ? difference + WORD_MODULUS : difference)
    return Halt.None
  },
}

/** DIV(a, b): a / b rounded down; zero if b is zero. */
export const DIV: Row = {
  code: 0x04, name: 'DIV', pops: 2, pushes: 1, gas: 5, spec: 'YP H.2',
  execute(frame) {
    const a = frame.pop(), b = frame.pop()
    frame.push(b === 0n ? 0n : a / b)
    return Halt.None
  },
}

/** SDIV(a, b): signed a / b rounded towards zero; zero if b is zero; −2^255 / −1 wraps to itself. */
export const SDIV: Row = {
  code: 0x05, name: 'SDIV', pops: 2, pushes: 1, gas: 5, spec: 'YP H.2',
  execute(frame) {
    const a = toSigned(frame.pop()), b = toSigned(frame.pop())
    frame.push(b === 0n ? 0n : toWord(a / b))
    return Halt.None
  },
}

/** MOD(a, b): a modulo b; zero if b is zero. */
export const MOD: Row = {
  code: 0x06, name: 'MOD', pops: 2, pushes: 1, gas: 5, spec: 'YP H.2',
  execute(frame) {
    const a = frame.pop(), b = frame.pop()
    frame.push(b === 0n ? 0n : a % b)
    return Halt.None
  },
}

/** SMOD(a, b): signed remainder with the sign of a; zero if b is zero. */
export const SMOD: Row = {
  code: 0x07, name: 'SMOD', pops: 2, pushes: 1, gas: 5, spec: 'YP H.2',
  execute(frame) {
    const a = toSigned(frame.pop()), b = toSigned(frame.pop())
    frame.push(b === 0n ? 0n : toWord(a % b))
    return Halt.None
  },
}

/** ADDMOD(a, b, n): (a + b) modulo n without wrapping at 2^256; zero if n is zero. */
export const ADDMOD: Row = {
  code: 0x08, name: 'ADDMOD', pops: 3, pushes: 1, gas: 8, spec: 'YP H.2',
  execute(frame) {
    const sum = frame.pop() + frame.pop(), n = frame.pop()
    frame.push(n === 0n ? 0n : sum % n)
    return Halt.None
  },
}

/** MULMOD(a, b, n): (a · b) modulo n without wrapping at 2^256; zero if n is zero. */
export const MULMOD: Row = {
  code: 0x09, name: 'MULMOD', pops: 3, pushes: 1, gas: 8, spec: 'YP H.2',
  execute(frame) {
    const product = frame.pop() * frame.pop(), n = frame.pop()
    frame.push(n === 0n ? 0n : product % n)
    return Halt.None
  },
}

/** EXP(a, e): a to the power e modulo 2^256; 0 to the power 0 is 1. `byteGas` a byte of e without leading zeros. */
export const exp = ({ byteGas }: { byteGas: number }): Row => ({
  code: 0x0a, name: 'EXP', pops: 2, pushes: 1, gas: 10, spec: byteGas === 10 ? 'YP H.2' : 'EIP-160',
  execute(frame) {
    const base = frame.pop(), exponent = frame.pop()

    if (!frame.charge(byteGas * byteLength(exponent))) return Halt.OutOfGas

    frame.push(power(base, exponent))
    return Halt.None
  },
})

/** SIGNEXTEND(b, x): x with the sign of its byte b (0 the lowest) carried to the top; x itself if b is over 30. */
export const SIGNEXTEND: Row = {
  code: 0x0b, name: 'SIGNEXTEND', pops: 2, pushes: 1, gas: 5, spec: 'YP H.2',
  execute(frame) {
    const index = frame.pop(), x = frame.pop()
    frame.push(index > 30n ? x : toWord(BigInt.asIntN(8 * Number(index) + 8, x)))
    return Halt.None
  },
}

function byteLength(value: bigint): number {
  return value === 0n ? 0 : (value.toString(16).length + 1) >> 1
}

/** By squaring, bits of the exponent from the lowest. A base of 2 is a shift. */
function power(base: bigint, exponent: bigint): bigint {
  if (base === 2n) return exponent > 255n ? 0n : 1n << exponent
  let result = 1n, square = base
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) & MAX_WORD
    square = (square * square) & MAX_WORD
  }
  return result
}
