import { expect, test } from 'vitest'
import { bytesToHex } from '../../src/core/hex.ts'
import { countWords, readBytes, readUint } from './input.ts'
import { encodeUint, encodeUints } from './output.ts'

/** Bytes 1, 2, 3… so that every place has its own value and the first is never zero. */
const ramp = (sizeBytes: number) => Uint8Array.from({ length: sizeBytes }, (_, i) => (i % 255) + 1)

test('reads integers of every length from any place, past the end as zeros', () => {
  const input = ramp(2100)
  for (const size of [0, 1, 6, 7, 8, 9, 15, 23, 31, 32, 33, 48, 63, 64, 1023, 1024, 1025, 2047, 2049])
    for (const at of [0, 1, 51]) {
      const hex = bytesToHex(input.subarray(at, at + size)).slice(2)
      expect(readUint(input, at, size), `${size} at ${at}`).toBe(BigInt(`0x0${hex}`))
    }
  expect(readUint(input, 2099, 3)).toBe(BigInt(input[2099]) << 16n)
  expect(readUint(input, 5000, 32)).toBe(0n)
  expect(readUint(input.subarray(0, 0), 0, 32)).toBe(0n)
})

test('integers of every length survive writing and reading', () => {
  for (const size of [0, 1, 7, 8, 32, 1024, 1025, 2051]) {
    const bytes = ramp(size)
    expect(encodeUint(readUint(bytes, 0, size), size)).toEqual(bytes)
  }
  // Shorter than its field: zeros on the left.
  expect(encodeUint(0x102n, 1100)).toEqual(Uint8Array.from([...new Uint8Array(1098), 1, 2]))
  expect(encodeUints([1n, 0n, 0x203n], 3)).toEqual(Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 2, 3))
})

test('reads runs of bytes, past the end as zeros', () => {
  const input = ramp(5)
  expect(readBytes(input, 1, 3)).toEqual(Uint8Array.of(2, 3, 4))
  expect(readBytes(input, 3, 4)).toEqual(Uint8Array.of(4, 5, 0, 0))
  expect(readBytes(input, 9, 2)).toEqual(Uint8Array.of(0, 0))
})

test('a word begun counts whole', () => {
  expect([0, 1, 32, 33, 64, 65].map((size) => countWords(new Uint8Array(size)))).toEqual([0, 1, 1, 2, 2, 3])
})
