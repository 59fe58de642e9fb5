import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bigintToBytes,
  bigintToMinimalBytes,
  bytesToBigint,
  MAX_WORD,
  SIGN_BIT,
  toSigned,
  toWord,
  WORD_MODULUS,
} from './word.ts'

const anyBytes = fc.uint8Array({ maxLength: 80 })
/** By text: the other way round than the bytes. */
const textOf = (bytes: Uint8Array) => BigInt('0x0' + Buffer.from(bytes).toString('hex'))

describe('words', () => {
  it('are signed as two’s complement', () => {
    expect([0n, 1n, SIGN_BIT - 1n, SIGN_BIT, MAX_WORD].map(toSigned)).toEqual([
      0n,
      1n,
      SIGN_BIT - 1n,
      -SIGN_BIT,
      -1n,
    ])
    fc.assert(fc.property(fc.bigInt(0n, MAX_WORD), (word) => toWord(toSigned(word)) === word))
  })

  it('wrap', () => {
    expect([-1n, WORD_MODULUS, WORD_MODULUS + 5n, -WORD_MODULUS - 1n].map(toWord)).toEqual([
      MAX_WORD,
      0n,
      5n,
      MAX_WORD,
    ])
  })
})

describe('bytes', () => {
  it('are read big-endian, whatever their number', () => {
    fc.assert(fc.property(anyBytes, (bytes) => bytesToBigint(bytes) === textOf(bytes)))
    for (let length = 0; length <= 40; length++) {
      const bytes = new Uint8Array(length).fill(0xff)
      expect(bytesToBigint(bytes)).toBe((1n << BigInt(8 * length)) - 1n)
    }
  })

  it('may be a view at any offset', () => {
    const whole = Uint8Array.from({ length: 50 }, (_, i) => i + 1)
    for (let at = 0; at < 12; at++)
      expect(bytesToBigint(whole.subarray(at, at + 32))).toBe(textOf(whole.slice(at, at + 32)))
  })

  it('are written to the size asked for, the low ones of what is longer', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 1n << 300n), fc.nat(48), (value, size) => {
        const bytes = bigintToBytes(value, size)
        return bytes.length === size && bytesToBigint(bytes) === BigInt.asUintN(8 * size, value)
      }),
    )
  })

  it('are as few as the value needs, none for zero', () => {
    expect(bigintToMinimalBytes(0n)).toHaveLength(0)
    expect(bigintToMinimalBytes(255n)).toEqual(Uint8Array.of(255))
    expect(bigintToMinimalBytes(256n)).toEqual(Uint8Array.of(1, 0))
    fc.assert(
      fc.property(fc.bigInt(1n, MAX_WORD), (value) => {
        const bytes = bigintToMinimalBytes(value)
        return bytes[0] !== 0 && bytesToBigint(bytes) === value
      }),
    )
  })
})
