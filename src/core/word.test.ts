import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bigintToBytes,
  bigintToMinimalBytes,
  bytesToBigint,
  MAX_WORD,
  readWord,
  SIGN_BIT,
  toNumber,
  toSigned,
  toWord,
  WORD_MODULUS,
  wordAt,
  writeWord,
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

describe('words in memory', () => {
  /** Words that take the short and the long ways: every count of 64-bit limbs, full and bare. */
  const edges = [0, 32, 64, 128, 160, 192, 255, 256].flatMap((bits) => {
    const power = 1n << BigInt(bits)
    return [power - 1n, power, power + 1n].filter((word) => word <= MAX_WORD)
  })
  const word = fc.oneof(fc.constantFrom(...edges), fc.bigInt(0n, MAX_WORD))

  it('are written and read anywhere, and nothing beside them changes', () => {
    fc.assert(
      fc.property(word, fc.nat(16), fc.nat(255), (value, at, filler) => {
        const memory = new Uint8Array(48).fill(filler)
        const view = new DataView(memory.buffer)
        writeWord(view, at, value)
        const expected = new Uint8Array(48).fill(filler)
        expected.set(bigintToBytes(value, 32), at)
        expect(memory).toEqual(expected)
        expect(readWord(view, at)).toBe(value)
      }),
    )
  })

  it('end in zeros beyond the end of their bytes', () => {
    fc.assert(
      fc.property(anyBytes, fc.nat(100), (bytes, at) => {
        const padded = new Uint8Array(200)
        padded.set(bytes)
        return wordAt(bytes, at) === textOf(padded.subarray(at, at + 32))
      }),
    )
    expect(wordAt(Uint8Array.of(1), Number(MAX_WORD))).toBe(0n)
  })

  it('are numbers, exact up to 2^53', () => {
    for (const number of [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53]) expect(toNumber(BigInt(number))).toBe(number)
    fc.assert(fc.property(word, (value) => toNumber(value) === Number(value)))
  })
})
