import { Halt } from '../../src/core/halt.ts'
import type { Row } from '../../src/core/row.ts'
import { MAX_WORD, toNumber, toSigned, toWord } from '../../src/core/word.ts'

/** AND(a, b): bit by bit. */
export const AND: Row = {
  code: 0x16, name: 'AND', pops: 2, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const a = frame.pop(), b = frame.pop()
    frame.push(a & b)
    return Halt.None
  },
  lower: (_, a, b) => a.and(b),
}

/** OR(a, b): bit by bit. */
export const OR: Row = {
  code: 0x17, name: 'OR', pops: 2, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const a = frame.pop(), b = frame.pop()
    frame.push(a | b)
    return Halt.None
  },
  lower: (_, a, b) => a.or(b),
}

/** XOR(a, b): bit by bit. */
export const XOR: Row = {
  code: 0x18, name: 'XOR', pops: 2, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const a = frame.pop(), b = frame.pop()
    frame.push(a ^ b)
    return Halt.None
  },
  lower: (_, a, b) => a.xor(b),
}

/** NOT(a): every bit flipped. */
export const NOT: Row = {
  code: 0x19, name: 'NOT', pops: 1, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    frame.push(frame.pop() ^ MAX_WORD)
    return Halt.None
  },
  lower: (_, a) => a.not(),
}

/** How many bits of a word are below its byte i, 0 the highest. */
const BITS_BELOW = Array.from({ length: 32 }, (_, index) => BigInt(248 - 8 * index))

/** BYTE(i, x): byte i of x, 0 the highest; zero if i is over 31. */
export const BYTE: Row = {
  code: 0x1a, name: 'BYTE', pops: 2, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const index = frame.pop(), x = frame.pop()
    frame.push(index > 31n ? 0n : (x >> BITS_BELOW[toNumber(index)]) & 0xffn)
    return Halt.None
  },
  lower: (_, index, x) => index.byteOf(x),
}

/** SHL(shift, x): x · 2^shift modulo 2^256. */
export const SHL: Row = {
  code: 0x1b, name: 'SHL', pops: 2, pushes: 1, gas: 3, spec: 'EIP-145',
  execute(frame) {
    const shift = frame.pop(), x = frame.pop()
    const shifted = shift > 255n ? 0n : x << shift
    frame.push(shifted > MAX_WORD ? shifted & MAX_WORD : shifted)
    return Halt.None
  },
  lower: (_, shift, x) => x.shl(shift),
}

/** SHR(shift, x): x / 2^shift rounded down. */
export const SHR: Row = {
  code: 0x1c, name: 'SHR', pops: 2, pushes: 1, gas: 3, spec: 'EIP-145',
  execute(frame) {
    const shift = frame.pop(), x = frame.pop()
    frame.push(shift > 255n ? 0n : x >> shift)
    return Halt.None
  },
  lower: (_, shift, x) => x.shr(shift),
}

/** SAR(shift, x): signed x / 2^shift rounded down; 0 or −1 if shift is over 255. */
export const SAR: Row = {
  code: 0x1d, name: 'SAR', pops: 2, pushes: 1, gas: 3, spec: 'EIP-145',
  execute(frame) {
    const shift = frame.pop(), x = toSigned(frame.pop())
    frame.push(shift > 255n ? (x < 0n ? MAX_WORD : 0n) : toWord(x >> shift))
    return Halt.None
  },
  lower: (_, shift, x) => x.sar(shift),
}

/** CLZ(x): leading zero bits of x; 256 if x is zero. */
export const CLZ: Row = {
  code: 0x1e, name: 'CLZ', pops: 1, pushes: 1, gas: 5, spec: 'EIP-7939',
  execute(frame) {
    const x = frame.pop()
    frame.push(x === 0n ? 256n : BigInt(256 - x.toString(2).length))
    return Halt.None
  },
  lower: (_, x) => x.clz(),
}
