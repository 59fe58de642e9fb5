import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES, ZvmError } from './errors.ts'
import {
  bytesToBareHex,
  bytesToHex,
  hexToBytes,
  parseAddress,
  parseFixedBytes,
  parseQuantity,
  toFixedHex,
  toQuantity,
} from './hex.ts'

const PLACE = 'pre.0xabc.storage[0x0]'
const refusal = (run: () => unknown): [string, string] => {
  try {
    return ['none', String(run())]
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    return [error.code, error.message]
  }
}

describe('hex of bytes', () => {
  it('goes both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const hex = Buffer.from(bytes).toString('hex')
        expect([bytesToHex(bytes), bytesToBareHex(bytes)]).toEqual(['0x' + hex, hex])
        for (const text of [hex, '0x' + hex, '0X' + hex.toUpperCase()])
          expect(hexToBytes(text, PLACE)).toEqual(bytes)
      }),
    )
  })

  it.each<[unknown, string]>([
    ['0x1', 'hex of odd length ("0x1")'],
    ['0xzz', 'not hex ("0xzz")'],
    ['0x1g', 'not hex ("0x1g")'],
    ['0x 1', 'not hex ("0x 1")'],
    ['0x-1', 'not hex ("0x-1")'],
    ['0x１１', 'not hex ("0x１１")'],
    ['00x1', 'not hex ("00x1")'],
    [undefined, 'not hex (undefined)'],
    [null, 'not hex (object)'],
    [12, 'not hex (number)'],
    ['g'.repeat(100), `not hex ("${'g'.repeat(40)}")`],
  ])('refuses %s', (text, what) => {
    expect(refusal(() => hexToBytes(text, PLACE))).toEqual([ERROR_CODES.value, `${PLACE}: ${what}`])
  })
})

describe('quantities', () => {
  it.each<[unknown, bigint]>([
    ['0x', 0n],
    ['0x0', 0n],
    ['0x00', 0n],
    ['0xff', 255n],
    ['0xFF', 255n],
    ['255', 255n],
    ['007', 7n],
    [255, 255n],
    [255n, 255n],
    [Number.MAX_SAFE_INTEGER, 2n ** 53n - 1n],
    ['0x' + 'f'.repeat(64), 2n ** 256n - 1n],
    ['0x' + '0'.repeat(60) + 'f'.repeat(64), 2n ** 256n - 1n],
    [(2n ** 256n - 1n).toString(), 2n ** 256n - 1n],
  ])('%s', (text, value) => expect(parseQuantity(text, PLACE)).toBe(value))

  it.each<[unknown]>([
    ...[
      [''],
      ['0xg'],
      ['-1'],
      ['-0x1'],
      ['1.5'],
      ['1e3'],
      [' 1'],
      ['1 '],
      ['0x1 '],
      ['+1'],
      ['1_000'],
      ['0b1'],
    ],
    ...[
      [-1],
      [-1n],
      [1.5],
      [2 ** 53],
      [Number.NaN],
      [Number.POSITIVE_INFINITY],
      [true],
      [null],
      [undefined],
      [[]],
      [{}],
    ],
    ...[
      ['0x1' + '0'.repeat(64)],
      [(2n ** 256n).toString()],
      [2n ** 256n],
      ['9'.repeat(79)],
      ['0x' + '0'.repeat(200)],
    ],
  ] as [unknown][])('refuses %s', (value) => {
    const [code, message] = refusal(() => parseQuantity(value, PLACE))
    expect(code).toBe(ERROR_CODES.value)
    expect(message).toMatch(/^pre\.0xabc\.storage\[0x0\]: not an unsigned integer/)
    expect(message.length).toBeLessThan(150)
  })

  it('keep to the bits asked for', () => {
    expect(parseQuantity('0xffff', PLACE, 16)).toBe(65535n)
    expect(refusal(() => parseQuantity('0x10000', PLACE, 16))[1]).toContain(
      'not an unsigned integer of 16 bits',
    )
  })

  it('hazard 4: take no time to refuse, however long', () => {
    const before = performance.now()
    for (const text of ['9'.repeat(5_000_000), '0x' + '9'.repeat(5_000_000)])
      refusal(() => parseQuantity(text, PLACE))
    expect(performance.now() - before).toBeLessThan(2000)
  })

  it('are written as JSON-RPC writes them', () => {
    expect([0n, 10n, 255].map(toQuantity)).toEqual(['0x0', '0xa', '0xff'])
    expect(toFixedHex(0xabcn, 4)).toBe('0x00000abc')
  })
})

describe('values of fixed size', () => {
  const address = '0x' + '00'.repeat(18) + 'AbCd'

  it('are read', () => {
    expect([parseAddress(address, PLACE), parseAddress(address.slice(2), PLACE)]).toEqual([0xabcdn, 0xabcdn])
    expect(parseFixedBytes('0x0102', PLACE, 2)).toEqual(Uint8Array.of(1, 2))
  })

  it('are refused in any other', () => {
    for (const value of [address + '0', address.slice(0, -1), address + '00', '0x', '', 1, null, ['0x']])
      expect(refusal(() => parseAddress(value, PLACE))[1]).toMatch(`${PLACE}: not an address of 20 bytes`)
    for (const value of ['0x01', '0x010203'])
      expect(refusal(() => parseFixedBytes(value, PLACE, 2))[1]).toBe(`${PLACE}: not 2 bytes ("${value}")`)
  })
})

describe('errors', () => {
  it('have codes that are all different', () => {
    expect(new Set(Object.values(ERROR_CODES)).size).toBe(Object.keys(ERROR_CODES).length)
  })

  it('carry a code, details and a cause', () => {
    const cause = new Error('below')
    const error = new ZvmError('VALUE', 'place: what', { place: 'place' }, cause)
    expect(error).toMatchObject({ name: 'ZvmError', code: 'VALUE', message: 'place: what', cause })
    expect(JSON.stringify(error.details)).toBe('{"place":"place"}')
    expect('cause' in new ZvmError('VALUE', 'x')).toBe(false)
  })
})
