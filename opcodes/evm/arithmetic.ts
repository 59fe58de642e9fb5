import { Halt } from '../../src/core/halt.ts'
import type { Row } from '../../src/core/row.ts'
import { MAX_WORD, toNumber, toSigned, toWord } from '../../src/core/word.ts'

/** ADD(a, b): a + b modulo 2^256. */
export const ADD: Row = {
  code: 0x01, name: 'ADD', pops: 2, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const sum = frame.pop() + frame.pop()
    frame.push(sum > MAX_WORD ? sum & MAX_WORD : sum)
    return Halt.None
  },
  lower: (_, a, b) => a.add(b),
}

/** MUL(a, b): a · b modulo 2^256. */
export const MUL: Row = {
  code: 0x02, name: 'MUL', pops: 2, pushes: 1, gas: 5, spec: 'YP H.2',
  execute(frame) {
    const product = frame.pop() * frame.pop()
    frame.push(product > MAX_WORD ? product & MAX_WORD : product)
    return Halt.None
  },
  lower: (_, a, b) => a.mul(b),
}

/** SUB(a, b): a − b modulo 2^256. */
export const SUB: Row = {
  code: 0x03, name: 'SUB', pops: 2, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const difference = frame.pop() - frame.pop()
    frame.push(difference < 0n ? difference & MAX_WORD : difference)
    return Halt.None
  },
  lower: (_, a, b) => a.sub(b),
}

/** DIV(a, b): a / b rounded down; zero if b is zero. */
export const DIV: Row = {
  code: 0x04, name: 'DIV', pops: 2, pushes: 1, gas: 5, spec: 'YP H.2',
  execute(frame) {
    const a = frame.pop(), b = frame.pop()
    frame.push(b === 0n ? 0n : a / b)
    return Halt.None
  },
  lower: (_, a, b) => a.div(b),
}

/** SDIV(a, b): signed a / b rounded towards zero; zero if b is zero; −2^255 / −1 wraps to itself. */
export const SDIV: Row = {
  code: 0x05, name: 'SDIV', pops: 2, pushes: 1, gas: 5, spec: 'YP H.2',
  execute(frame) {
    const a = toSigned(frame.pop()), b = toSigned(frame.pop())
    frame.push(b === 0n ? 0n : toWord(a / b))
    return Halt.None
  },
  lower: (_, a, b) => a.sdiv(b),
}

/** MOD(a, b): a modulo b; zero if b is zero. */
export const MOD: Row = {
  code: 0x06, name: 'MOD', pops: 2, pushes: 1, gas: 5, spec: 'YP H.2',
  execute(frame) {
    const a = frame.pop(), b = frame.pop()
    frame.push(b === 0n ? 0n : a % b)
    return Halt.None
  },
  lower: (_, a, b) => a.mod(b),
}

/** SMOD(a, b): signed remainder with the sign of a; zero if b is zero. */
export const SMOD: Row = {
  code: 0x07, name: 'SMOD', pops: 2, pushes: 1, gas: 5, spec: 'YP H.2',
  execute(frame) {
    const a = toSigned(frame.pop()), b = toSigned(frame.pop())
    frame.push(b === 0n ? 0n : toWord(a % b))
    return Halt.None
  },
  lower: (_, a, b) => a.smod(b),
}

/** ADDMOD(a, b, n): (a + b) modulo n without wrapping at 2^256; zero if n is zero. */
export const ADDMOD: Row = {
  code: 0x08, name: 'ADDMOD', pops: 3, pushes: 1, gas: 8, spec: 'YP H.2',
  execute(frame) {
    const sum = frame.pop() + frame.pop(), n = frame.pop()
    frame.push(n === 0n ? 0n : sum % n)
    return Halt.None
  },
  lower: (_, a, b, n) => a.addmod(b, n),
}

/** MULMOD(a, b, n): (a · b) modulo n without wrapping at 2^256; zero if n is zero. */
export const MULMOD: Row = {
  code: 0x09, name: 'MULMOD', pops: 3, pushes: 1, gas: 8, spec: 'YP H.2',
  execute(frame) {
    const product = frame.pop() * frame.pop(), n = frame.pop()
    frame.push(n === 0n ? 0n : product % n)
    return Halt.None
  },
  lower: (_, a, b, n) => a.mulmod(b, n),
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
  lower(b, base, exponent) {
    b.charge(exponent.byteLength(), byteGas)
    return base.exp(exponent)
  },
})

/** By the index of the byte that holds the sign: its highest bit, the bits up to that, and those above. */
const EXTENSIONS = Array.from({ length: 31 }, (_, index) => {
  const low = (1n << BigInt(8 * index + 8)) - 1n
  return { sign: (low + 1n) >> 1n, low, high: MAX_WORD ^ low }
})

/** SIGNEXTEND(b, x): x with the sign of its byte b (0 the lowest) carried to the top; x itself if b is over 30. */
export const SIGNEXTEND: Row = {
  code: 0x0b, name: 'SIGNEXTEND', pops: 2, pushes: 1, gas: 5, spec: 'YP H.2',
  execute(frame) {
    const index = frame.pop(), x = frame.pop()
    if (index > 30n) frame.push(x)
    else {
      const { sign, low, high } = EXTENSIONS[toNumber(index)]
      frame.push((x & sign) === 0n ? x & low : x | high)
    }
    return Halt.None
  },
  lower: (_, index, x) => index.signExtend(x),
}

function byteLength(value: bigint): number {
  return value === 0n ? 0 : (value.toString(16).length + 1) >> 1
}

/** Exponents below this have too few bits to make up for powers of the base that are computed first. */
const LONG_EXPONENT = 1n << 48n

/** By squaring, digits of the exponent from the highest, so that a small base stays small. A base of 2 is a shift. */
function power(base: bigint, exponent: bigint): bigint {
  if (base === 2n) return exponent > 255n ? 0n : 1n << exponent
  if (exponent >= LONG_EXPONENT) return longPower(base, exponent)
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) & MAX_WORD
    if (bit === '1') result = (result * base) & MAX_WORD
  }
  return result
}

/** As `power`, by digits of four bits. */
function longPower(base: bigint, exponent: bigint): bigint {
  const powers = [1n, base]
  while (powers.length < 16) powers.push((powers[powers.length - 1] * base) & MAX_WORD)
  let result = 1n
  for (const digit of exponent.toString(16)) {
    for (let bit = 0; bit < 4; bit++) result = (result * result) & MAX_WORD
    if (digit !== '0') result = (result * powers[Number.parseInt(digit, 16)]) & MAX_WORD
  }
  return result
}
