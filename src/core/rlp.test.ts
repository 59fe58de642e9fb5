import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hexToBytes } from './hex.ts'
import { decodeRlp, encodeRlp, MAX_RLP_DEPTH, type RlpItem } from './rlp.ts'

const item = fc.letrec<{ item: RlpItem; list: RlpItem[] }>((tie) => ({
  item: fc.oneof(
    { depthSize: 'medium' },
    fc.uint8Array({ maxLength: 3 }),
    fc.uint8Array({ minLength: 54, maxLength: 58 }),
    fc.constantFrom(new Uint8Array(255), new Uint8Array(256)),
    tie('list'),
  ),
  list: fc.array(tie('item'), { maxLength: 5 }),
})).item

/** Bytes that are nearly RLP: prefixes at their limits, short lengths, and what a change of one byte makes of an item. */
const nearly = fc.oneof(
  fc
    .array(
      fc.constantFrom(
        0x00,
        0x01,
        0x7f,
        0x80,
        0x81,
        0x82,
        0xb7,
        0xb8,
        0xb9,
        0xbf,
        0xc0,
        0xc1,
        0xc2,
        0xf7,
        0xf8,
        0xff,
        56,
      ),
      {
        maxLength: 8,
      },
    )
    .map((bytes) => Uint8Array.from(bytes)),
  fc.tuple(item, fc.nat(), fc.nat({ max: 255 })).map(([value, at, byte]) => {
    const bytes = encodeRlp(value).slice()
    bytes[at % Math.min(bytes.length, 70)] = byte
    return bytes
  }),
  fc.tuple(item, fc.nat()).map(([value, n]) => encodeRlp(value).slice(0, n % 80)),
)

/** The library's answer where the bytes are what it would write; null where it refuses or would write others. */
function libraryDecode(bytes: Uint8Array): RlpItem | null {
  if (bytes.length === 0) return null
  try {
    const value = RLP.decode(bytes)
    return Buffer.compare(RLP.encode(value as Uint8Array), bytes) === 0 ? (value as RlpItem) : null
  } catch {
    return null
  }
}

/** `toEqual` takes seconds over long arrays of bytes. */
function same(a: RlpItem, b: RlpItem): boolean {
  if (a instanceof Uint8Array || b instanceof Uint8Array)
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0
  return a.length === b.length && a.every((x, i) => same(x, b[i]))
}

describe('decodeRlp', () => {
  it('reads back what was encoded', () => {
    fc.assert(
      fc.property(item, (value) => {
        expect(same(decodeRlp(encodeRlp(value), 'x'), value)).toBe(true)
      }),
    )
    const long = new Uint8Array(65536).fill(3)
    expect(same(decodeRlp(encodeRlp([long, long]), 'x'), [long, long])).toBe(true)
  })

  it('encodes as the library does, at every length of a header', () => {
    const library = (value: RlpItem) => RLP.encode(value as Uint8Array)
    fc.assert(fc.property(item, (value) => Buffer.compare(encodeRlp(value), library(value)) === 0))
    for (const size of [0, 1, 55, 56, 255, 256, 65_535, 65_536, 1 << 24]) {
      const bytes = new Uint8Array(size).fill(0x7f)
      expect(Buffer.compare(encodeRlp(bytes), library(bytes))).toBe(0)
      expect(Buffer.compare(encodeRlp([bytes, [bytes]]), library([bytes, [bytes]]))).toBe(0)
    }
  })

  it('encodes a list longer than a call has room for arguments', () => {
    const list = new Array<Uint8Array>(300_000).fill(Uint8Array.of(1))
    const encoded = encodeRlp(list)
    expect(encoded.length).toBe(300_004)
    expect([...encoded.subarray(0, 6)]).toEqual([0xfa, 0x04, 0x93, 0xe0, 1, 1])
  })

  it('accepts exactly the bytes that are the encoding of what the library makes of them', () => {
    fc.assert(
      fc.property(nearly, (bytes) => {
        const expected = libraryDecode(bytes)
        if (expected !== null) expect(same(decodeRlp(bytes, 'x'), expected)).toBe(true)
        else expect(() => decodeRlp(bytes, 'x')).toThrow(expect.objectContaining({ code: 'RLP' }))
      }),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['0x', 0, 'an item is missing'],
    ['0x8100', 0, 'a byte below 0x80 with a prefix'],
    ['0x817f', 0, 'a byte below 0x80 with a prefix'],
    ['0xc3018101', 2, 'a byte below 0x80 with a prefix'],
    ['0xb80102', 0, 'the length is not the shortest'],
    ['0xb837' + 'aa'.repeat(55), 0, 'the length is not the shortest'],
    ['0xf837' + '01'.repeat(55), 0, 'the length is not the shortest'],
    ['0xf90001', 0, 'the length has leading zeros'],
    ['0xb9', 0, 'the length passes the end'],
    ['0x83aabb', 0, '3 bytes announced, 2 left'],
    ['0xc2c282', 1, '2 bytes announced, 1 left'],
    ['0xffffffffffffffffff00', 0, '18446744073709552000 bytes announced, 1 left'],
    ['0x0102', 1, '1 bytes left over'],
  ])('refuses %s at byte %i: %s', (hex, offset, what) => {
    const message = `tx.rlp: not canonical RLP at byte ${offset}: ${what}`
    expect(() => decodeRlp(hexToBytes(hex, ''), 'tx.rlp')).toThrow(
      expect.objectContaining({ code: 'RLP', message, details: { place: 'tx.rlp', offset } }),
    )
  })

  it('bounds nesting without recursion', () => {
    let deep: RlpItem = []
    for (let depth = 1; depth < MAX_RLP_DEPTH; depth++) deep = [deep]
    expect(decodeRlp(encodeRlp(deep), 'x')).toEqual(deep)
    expect(() => decodeRlp(encodeRlp([deep]), 'x')).toThrow(/nested too deep/)
    const bomb = new Uint8Array(4 << 20)
    for (let i = 0; i < bomb.length; i += 4) {
      const rest = bomb.length - i - 4
      bomb.set([0xfa, rest >> 16, rest >> 8, rest], i)
    }
    expect(() => decodeRlp(bomb, 'x')).toThrow(/at byte 256: lists are nested too deep/)
  })

  it('hands out copies, also of a Buffer', () => {
    const buffer = Buffer.from('c483010203', 'hex')
    const decoded = decodeRlp(buffer, 'x') as Uint8Array[]
    buffer.fill(0)
    expect(decoded).toEqual([Uint8Array.of(1, 2, 3)])
    const byte = Uint8Array.of(5)
    encodeRlp(byte)[0] = 6
    expect(byte).toEqual(Uint8Array.of(5))
  })
})
